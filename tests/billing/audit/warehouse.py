"""An empty warehouse with the tables the audit reads, and a short way to fill them.

Here: table definitions by name. Add a column when the audit reads it. Keep out: rows, which
each scenario writes down itself.
"""

from collections.abc import Mapping

import duckdb

METERS = (
    "input_uncached_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_write_unknown_ttl_tokens",
    "output_visible_tokens",
    "output_reasoning_tokens",
)
_METERS = ", ".join(f"{meter} bigint default 0" for meter in METERS)
_MONEY = """
    list_amount decimal(38, 12), contracted_amount decimal(38, 12),
    discount_amount decimal(38, 12), net_amount decimal(38, 12)
"""
_CHANGE = """
    comparison varchar, currency varchar, previous_net_amount decimal(38, 12),
    net_amount decimal(38, 12), net_change_amount decimal(38, 12),
    volume_change_amount decimal(38, 12), mix_change_amount decimal(38, 12),
    price_change_amount decimal(38, 12), discount_change_amount decimal(38, 12)
"""
_DOCUMENT = """organization_id varchar, billing_month date, payment_mode varchar,
        corrects_month date"""
TABLES = {
    "raw.ingest_file": """
        ingest_sequence integer, file_name varchar, content_sha256 varchar, received bigint,
        accepted bigint, duplicates bigint, quarantined bigint, file_month date
    """,
    "raw.ingest_file_meter": "ingest_sequence integer, meter varchar, quantity bigint",
    "raw.usage_event": f"""
        ingest_sequence integer, line_number bigint, source_id varchar default 'gateway',
        native_id varchar, kind varchar default 'usage', organization_id varchar,
        project_id varchar, api_key_id varchar, requested_model varchar,
        answered_model varchar, region varchar default '', service_tier varchar default 'default',
        is_byok boolean default false, outcome varchar default 'success',
        completed_at timestamp, {_METERS}
    """,
    "raw.usage_event_meter": """
        ingest_sequence integer, line_number bigint, fate varchar, meter varchar, quantity bigint
    """,
    "raw.duplicate_event": f"""
        ingest_sequence integer, line_number bigint, native_id varchar, organization_id varchar,
        completed_at timestamp, {_METERS}
    """,
    "raw.quarantined_event": f"""
        ingest_sequence integer, line_number bigint, reason varchar, organization_id varchar,
        completed_at timestamp, {_METERS}
    """,
    "raw.quarantine_release": f"""
        ingest_sequence integer, line_number bigint, reason varchar, organization_id varchar,
        completed_at timestamp, {_METERS}
    """,
    "books.month_watermark": "organization_id varchar, billing_month date, watermark integer",
    "books.top_up_due": "organization_id varchar, billing_month date, top_up_id varchar",
    "books.top_up_invoice": """
        organization_id varchar, billing_month date, top_up_id varchar, corrects_month date,
        occurred_at timestamp, tax_category varchar, tax_rate decimal(9, 6),
        taxable_left_amount decimal(28, 3), tax_left_amount decimal(28, 3)
    """,
    "finance.fct_top_up_documents": """
        organization_id varchar, billing_month date, document_kind varchar, top_up_id varchar,
        document_place integer, corrects_month date, top_up_date date, occurred_at timestamp,
        reference varchar, tax_category varchar, tax_rate decimal(9, 6),
        net_amount decimal(28, 3), tax_amount decimal(28, 3), total_amount decimal(28, 3),
        amount_due decimal(28, 3), currency varchar, minor_digits integer,
        accounting_currency varchar, accounting_digits integer, exchange_rate decimal(18, 8),
        exchange_rate_date date, exchange_source varchar, accounting_net_amount decimal(28, 3),
        accounting_tax_amount decimal(28, 3), accounting_total_amount decimal(28, 3)
    """,
    "books.corrected_document": """
        organization_id varchar, payer varchar, service_month date, billing_month date,
        corrects_month date, number varchar, issue_date date, left_amount decimal(28, 3),
        notes integer
    """,
    "books.corrected_tax": """
        organization_id varchar, payment_mode varchar, billing_month date, corrects_month date,
        tax_category varchar,
        tax_rate decimal(9, 6), taxable_left_amount decimal(28, 3), tax_left_amount decimal(28, 3)
    """,
    "books.corrected_allowance": """
        organization_id varchar, payment_mode varchar, billing_month date, corrects_month date,
        allowance_kind varchar,
        left_amount decimal(28, 3)
    """,
    "books.amendment": """
        amendment_id varchar, organization_id varchar, service_month date, billing_month date,
        reason varchar
    """,
    "books.billed_line": """
        number varchar, billing_month date, organization_id varchar, payment_mode varchar,
        service_month date, model_id varchar, meter varchar, service_tier varchar,
        tax_category varchar, tax_rate decimal(9, 6), net_amount decimal(38, 12)
    """,
    "books.opening_balance": """
        organization_id varchar, billing_month date, opening_amount decimal(28, 3)
    """,
    "books.opening_lot": """
        organization_id varchar, billing_month date, lot_id varchar, lot_kind varchar,
        occurred_at timestamp, expires_at timestamp, reference varchar,
        opening_amount decimal(28, 3)
    """,
    "books.late_movement": """
        organization_id varchar, billing_month date, movement_id varchar, entry_kind varchar
    """,
    "books.credit_used": """
        organization_id varchar, billing_month date, credit_id varchar, grant_month date,
        granted_amount decimal(28, 3), used_amount decimal(28, 3)
    """,
    "books.billed_net": """
        organization_id varchar, billing_month date, billed_month date, net_amount decimal(28, 3)
    """,
    "intermediate.dim_usage_key": """
        usage_key_id integer, organization_id varchar, project_id varchar, api_key_id varchar,
        payer varchar, requested_model_id varchar, answered_model_id varchar,
        billed_model_id varchar, region varchar default '',
        service_tier varchar default 'default', is_byok boolean default false,
        context_band integer default 0, outcome varchar default 'success',
        not_billed_reason varchar default ''
    """,
    "intermediate.int_usage__request_kinds": """
        request_kind_id integer, requested_model varchar, answered_model varchar
    """,
    "intermediate.int_usage__quarter_hours": f"""
        usage_key_id integer, quarter_hour timestamp, ingest_sequence integer,
        requests bigint, {_METERS}
    """,
    "intermediate.int_usage__quarter_hour_meters": """
        usage_key_id integer, quarter_hour timestamp, ingest_sequence integer, meter varchar,
        requests bigint, quantity bigint
    """,
    "intermediate.int_usage__file_fates": f"""
        ingest_sequence integer, organization_id varchar, fate varchar, requests bigint, {_METERS}
    """,
    "intermediate.int_usage__file_fate_meters": """
        ingest_sequence integer, organization_id varchar, fate varchar, meter varchar,
        quantity bigint
    """,
    "intermediate.int_rating__charges": f"""
        charge_id varchar, organization_id varchar, billing_month date, service_month date,
        terms_from_at timestamp, project_id varchar, payer varchar, model_id varchar,
        meter varchar, service_tier varchar default 'default', context_band integer default 0,
        region varchar default '', price_id varchar, contract_id varchar,
        contract_price_id varchar default '', corrects_month date default '2026-10-01',
        allowance_id varchar default '',
        tier_schedule_id varchar default '', tier_step integer default 0, uplift_id varchar default '',
        adjustment_id varchar default '', uplift_pct decimal(9, 6) default 0,
        agreed_uplift_pct decimal(9, 6) default 0, off_pct decimal(9, 6) default 0,
        price_currency varchar default 'USD',
        agreed_currency varchar default 'USD', exchange_rate decimal(18, 8),
        exchange_rate_date date, exchange_source varchar, currency varchar,
        list_price decimal(18, 12), unit_price decimal(28, 12),
        package_size bigint default 1, quantity bigint, charged_quantity bigint, {_MONEY}
    """,
    "intermediate.int_rating__discounts": """
        charge_id varchar, organization_id varchar, billing_month date, discount_id varchar,
        step integer, discount_pct decimal(9, 6), base_amount decimal(38, 12),
        discount_amount decimal(38, 12)
    """,
    "finance.cost_monthly": f"""
        organization_id varchar, billing_month date, model_id varchar, currency varchar,
        requests bigint, requests_billed bigint, {_MONEY}
    """,
    "finance.cost_by_project": f"""
        organization_id varchar, billing_month date, project_id varchar, model_id varchar,
        currency varchar, {_MONEY}
    """,
    "finance.cost_change_monthly": f"""
        organization_id varchar, billing_month date, {_CHANGE}
    """,
    "finance.cost_change_by_model": f"""
        organization_id varchar, billing_month date, model_id varchar, {_CHANGE}
    """,
    "finance.fct_invoice_lines": f"""
        {_DOCUMENT}, line_number integer, line_kind varchar, service_month date,
        terms_from_at timestamp, period_first_date date, period_last_date date,
        model_id varchar default '', meter varchar default '', service_tier varchar default '',
        context_band integer default 0, price_id varchar default '',
        contract_price_id varchar default '', plan_id varchar default '', quantity bigint,
        unit_price decimal(28, 12), base_quantity integer, exact_amount decimal(38, 12),
        exact_net_amount decimal(38, 12), line_amount decimal(28, 3), tax_category varchar,
        tax_rate decimal(9, 6), currency varchar, charged_quantity bigint,
        package_size bigint default 1, subscription_id varchar default '',
        allowance_id varchar default '', tier_schedule_id varchar default '',
        tier_step integer default 0, uplift_id varchar default '',
        adjustment_id varchar default ''
    """,
    "finance.fct_invoice_discounts": f"""
        {_DOCUMENT}, discount_id varchar, discount_pct decimal(9, 6), tax_category varchar,
        tax_rate decimal(9, 6), base_amount decimal(28, 3), discount_amount decimal(28, 3),
        currency varchar, allowance_number integer, discount_kind varchar default 'percent'
    """,
    "finance.fct_invoice_taxes": f"""
        {_DOCUMENT}, tax_category varchar, tax_rate decimal(9, 6), gross_amount decimal(28, 3),
        discount_amount decimal(28, 3), taxable_amount decimal(28, 3),
        tax_amount decimal(28, 3), currency varchar
    """,
    "finance.fct_invoice_accounting": f"""
        {_DOCUMENT}, tax_category varchar, tax_rate decimal(9, 6), currency varchar,
        taxable_amount decimal(28, 3), tax_amount decimal(28, 3), accounting_currency varchar,
        accounting_digits integer, exchange_rate decimal(18, 8), exchange_rate_date date,
        exchange_source varchar, accounting_net_amount decimal(28, 3),
        accounting_tax_amount decimal(28, 3), accounting_total_amount decimal(28, 3)
    """,
    "finance.fct_invoices": f"""
        {_DOCUMENT}, currency varchar, minor_digits integer, subtotal_amount decimal(28, 3),
        discount_amount decimal(28, 3), taxable_amount decimal(28, 3),
        tax_amount decimal(28, 3), total_amount decimal(28, 3), amount_due decimal(28, 3),
        exact_net_amount decimal(38, 12), rounding_amount decimal(38, 12)
    """,
    "finance.fct_credit_uses": f"""
        {_DOCUMENT}, use_number integer, credit_id varchar, credit_kind varchar,
        credit_name varchar, repeats varchar, grant_month date, granted_amount decimal(28, 3),
        available_amount decimal(28, 3), used_amount decimal(28, 3), left_amount decimal(28, 3),
        valid_to_date date, currency varchar
    """,
    "finance.fct_spend_terms": """
        organization_id varchar, billing_month date, spend_term_id varchar, contract_id varchar,
        term_kind varchar, period varchar, first_date date, last_date date, days integer,
        month_days integer, committed_amount decimal(28, 3),
        billed_before_amount decimal(28, 3), is_due boolean, net_amount decimal(28, 3),
        currency varchar
    """,
    "finance.fct_prepaid_entries": """
        organization_id varchar, billing_month date, entry_kind varchar, entry_at timestamp,
        amount decimal(28, 3), currency varchar
    """,
    "finance.fct_prepaid_deductions": """
        organization_id varchar, billing_month date, quarter_hour timestamp,
        amount decimal(38, 12)
    """,
    "finance.prepaid_lots": """
        organization_id varchar, billing_month date, lot_id varchar, lot_kind varchar,
        draw_place integer, expires_at timestamp, currency varchar,
        opening_amount decimal(28, 3), granted_amount decimal(28, 3),
        drawn_amount decimal(28, 3), refunded_amount decimal(28, 3) default 0,
        transferred_amount decimal(28, 3) default 0, written_off_amount decimal(28, 3) default 0,
        expired_amount decimal(28, 3) default 0, remaining_amount decimal(28, 3),
        exact_drawn_amount decimal(38, 12)
    """,
    "intermediate.int_rating__tier_steps": """
        tier_schedule_id varchar, tier_step integer, kind varchar, currency varchar,
        package_size bigint, above_quantity bigint, up_to_quantity bigint,
        unit_price decimal(18, 12)
    """,
    "finance.reconciliation": """
        organization_id varchar, billing_month date, meter varchar, received bigint,
        billed bigint, not_billed bigint, duplicates bigint, quarantined bigint,
        rolled_up bigint, rated bigint, invoiced bigint, is_balanced boolean
    """,
}


def empty_warehouse() -> duckdb.DuckDBPyConnection:
    """Create the tables in memory."""
    connection = duckdb.connect()
    for name, columns in TABLES.items():
        connection.execute(f"create schema if not exists {name.split('.')[0]}")
        connection.execute(f"create table {name} ({columns})")
    return connection


def insert(connection: duckdb.DuckDBPyConnection, table: str, *rows: Mapping[str, object]) -> None:
    """Insert rows by column name; columns that are left out take their default."""
    for row in rows:
        marks = ", ".join("?" for _ in row)
        statement = f"insert into {table} ({', '.join(row)}) values ({marks})"
        connection.execute(statement, list(row.values()))
