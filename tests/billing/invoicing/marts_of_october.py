"""A small October 2026 as marts and catalog: one customer per way of paying.

Here: the tables drafts and finalization read, with the columns they read. Keep out: how dbt
arrives at such rows.
"""

from collections.abc import Mapping, Sequence

import duckdb

TOKENS = ", ".join(
    f"{meter}_tokens bigint"
    for meter in (
        "input_uncached",
        "cache_read",
        "cache_write_5m",
        "cache_write_1h",
        "cache_write_unknown_ttl",
        "output_visible",
        "output_reasoning",
    )
)
MONTH_KEY = "organization_id varchar, billing_month date"
DOCUMENT_KEY = f"{MONTH_KEY}, payment_mode varchar, corrects_month date"
TAX = "tax_category varchar, tax_rate decimal(9, 6)"
COSTS = ", ".join(
    f"{name}_amount decimal(38, 12)" for name in ("list", "contracted", "discount", "net")
)
TABLES = {
    "raw.ingest_file": "ingest_sequence integer, content_sha256 varchar, file_name varchar, "
    "size_bytes bigint, received bigint, format varchar, source_id varchar, supplied varchar",
    "raw.quarantined_event": "ingest_sequence integer, line_number bigint, reason varchar",
    "raw.retried_row": "ingest_sequence integer, line_number bigint, result varchar",
    "catalog.organizations": "organization_id varchar, name varchar",
    "catalog.billing_profiles": "organization_id varchar, legal_name varchar, street varchar, "
    "city varchar, postal_code varchar, region varchar, country varchar, vat_id varchar, "
    "tax_number varchar, email varchar, locale varchar, currency varchar, zone varchar, "
    "buyer_reference varchar, order_number varchar, endpoint_id varchar, "
    "endpoint_scheme varchar, payment_days bigint, tax_at varchar default ''",
    "catalog.document_forms": "organization_id varchar, form varchar",
    "catalog.seller": "seller_id varchar, legal_name varchar, street varchar, city varchar, "
    "postal_code varchar, country varchar, vat_id varchar, tax_number varchar, zone varchar, "
    "contact_name varchar, phone varchar, email varchar, website varchar, iban varchar, "
    "bic varchar, bank_name varchar, endpoint_id varchar, endpoint_scheme varchar",
    "catalog.rating_slice": "organization_id varchar, service_month date",
    "catalog.amendments": "amendment_id varchar, organization_id varchar, "
    "service_month varchar, reason varchar",
    "catalog.models": "model_id varchar, display_name varchar",
    "catalog.prices": "price_id varchar, price_window_id varchar",
    "catalog.price_windows": "price_window_id varchar, starts_time varchar, ends_time varchar, "
    "weekdays varchar, zone varchar",
    "catalog.region_uplifts": "uplift_id varchar, region varchar",
    "catalog.price_adjustments": "adjustment_id varchar, off_pct decimal(9, 6)",
    "catalog.plans": "plan_id varchar, name varchar",
    "catalog.subscriptions": "subscription_id varchar, counted_from_date date, changed_date date",
    "catalog.allowances": "allowance_id varchar, name varchar",
    "catalog.tier_schedules": "tier_schedule_id varchar, name varchar",
    "intermediate.int_rating__tier_steps": "tier_schedule_id varchar, tier_step integer, "
    "kind varchar, above_quantity bigint, up_to_quantity bigint",
    "intermediate.int_subscriptions__overages": "subscription_id varchar, billing_month date, "
    "corrects_month date, period_first_date date, model_id varchar, counted varchar, included_quantity bigint, "
    "used_quantity bigint",
    "catalog.projects": "project_id varchar, name varchar",
    "catalog.api_keys": "api_key_id varchar, name varchar, masked_prefix varchar",
    "catalog.top_ups": "top_up_id varchar, organization_id varchar, occurred_at timestamp, "
    "currency varchar, amount decimal(28, 3), kind varchar default 'purchased', "
    "reference varchar default '', expires_at timestamp, "
    "invoiced_as varchar default 'elsewhere'",
    "catalog.balance_movements": "movement_id varchar, organization_id varchar, "
    "occurred_at timestamp, kind varchar, currency varchar, amount decimal(28, 3), "
    "to_organization_id varchar default '', expires_at timestamp, reference varchar default ''",
    "finance.prepaid_lots": f"{MONTH_KEY}, lot_id varchar, lot_kind varchar, "
    "draw_place integer, occurred_at timestamp, expires_at timestamp, "
    "reference varchar default '', currency varchar, opening_amount decimal(28, 3), "
    "granted_amount decimal(28, 3), drawn_amount decimal(28, 3), "
    "refunded_amount decimal(28, 3) default 0, transferred_amount decimal(28, 3) default 0, "
    "written_off_amount decimal(28, 3) default 0, expired_amount decimal(28, 3) default 0, "
    "exact_drawn_amount decimal(38, 12)",
    "finance.fct_invoices": f"{DOCUMENT_KEY}, currency varchar, minor_digits integer, "
    "subtotal_amount decimal(28, 3), discount_amount decimal(28, 3), "
    "taxable_amount decimal(28, 3), tax_amount decimal(28, 3), total_amount decimal(28, 3), "
    "amount_due decimal(28, 3), rounding_amount decimal(38, 12), period_first_date date, "
    "period_last_date date",
    "finance.fct_invoice_lines": f"{DOCUMENT_KEY}, line_number integer, line_kind varchar, "
    "service_month date, period_first_date date, period_last_date date, model_id varchar, "
    "meter varchar, service_tier varchar, context_band integer, plan_id varchar, "
    "quantity bigint, unit_price decimal(28, 12), base_quantity integer, "
    "charged_quantity bigint, package_size bigint default 1, allowance_id varchar default '', "
    "tier_schedule_id varchar default '', tier_step integer default 0, "
    "price_id varchar default '', contract_price_id varchar default '', "
    "uplift_id varchar default '', adjustment_id varchar default '', "
    "subscription_id varchar default '', "
    f"exact_net_amount decimal(38, 12), line_amount decimal(28, 3), {TAX}",
    "finance.fct_invoice_discounts": f"{DOCUMENT_KEY}, allowance_number integer, "
    "discount_kind varchar default 'percent', "
    f"discount_name varchar, discount_pct decimal(9, 6), {TAX}, base_amount decimal(28, 3), "
    "discount_amount decimal(28, 3)",
    "finance.fct_invoice_taxes": f"{DOCUMENT_KEY}, {TAX}, gross_amount decimal(28, 3), "
    "discount_amount decimal(28, 3), taxable_amount decimal(28, 3), "
    "tax_amount decimal(28, 3), exemption_code varchar, exemption_reason varchar",
    "finance.fct_credit_uses": f"{DOCUMENT_KEY}, use_number integer, credit_id varchar, "
    "credit_kind varchar, credit_name varchar, repeats varchar, grant_month date, "
    "granted_amount decimal(28, 3), available_amount decimal(28, 3), "
    "used_amount decimal(28, 3), left_amount decimal(28, 3), valid_to_date date",
    "finance.fct_prepaid_entries": f"{MONTH_KEY}, entry_number integer, entry_kind varchar, "
    "entry_at timestamp, reference varchar, amount decimal(28, 3)",
    "finance.fct_top_up_documents": f"{MONTH_KEY}, document_kind varchar, top_up_id varchar, "
    "document_place integer, corrects_month date, number varchar default '', issue_date date, "
    "occurred_at timestamp, top_up_date date, reference varchar, currency varchar, "
    f"minor_digits integer, {TAX}, exemption_code varchar default '', "
    "exemption_reason varchar default '', net_amount decimal(28, 3), "
    "tax_amount decimal(28, 3), total_amount decimal(28, 3), amount_due decimal(28, 3), "
    "accounting_currency varchar, accounting_digits integer, exchange_rate decimal(18, 8), "
    "exchange_rate_date date, exchange_source varchar, accounting_net_amount decimal(28, 3), "
    "accounting_tax_amount decimal(28, 3), accounting_total_amount decimal(28, 3)",
    "finance.cost_monthly": f"{MONTH_KEY}, model_id varchar, requests bigint, {TOKENS}, "
    f"other_units bigint, {COSTS}",
    "finance.cost_by_project": f"{MONTH_KEY}, project_id varchar, requests bigint, {COSTS}",
    "finance.reconciliation": f"{MONTH_KEY}, meter varchar, billed bigint, not_billed bigint",
    "usage.usage_daily": f"{MONTH_KEY}, project_id varchar, api_key_id varchar, "
    "model_id varchar, usage_date date, outcome varchar, not_billed_reason varchar, "
    f"requests bigint, requests_billed bigint, {TOKENS}, other_units bigint",
    "intermediate.int_rating__charges": f"{MONTH_KEY}, service_month date, "
    "corrects_month date, project_id varchar, model_id varchar, meter varchar, quantity bigint, "
    "price_currency varchar, currency varchar, exchange_rate decimal(18, 8), "
    f"exchange_rate_date date, exchange_source varchar, {COSTS}, contract_id varchar default ''",
    "intermediate.int_prepaid__lot_walk": "organization_id varchar, lot_id varchar, "
    "step bigint, event_kind varchar, taken_pico hugeint",
    "intermediate.int_prepaid__lot_events": "organization_id varchar, step bigint, "
    "event_kind varchar, occurred_at timestamp, movement_id varchar",
    "catalog.exchange_terms": "contract_id varchar, date_rule varchar",
    "finance.fct_invoice_accounting": f"{DOCUMENT_KEY}, {TAX}, currency varchar, "
    "accounting_currency varchar, "
    "accounting_digits integer, exchange_rate decimal(18, 8), exchange_rate_date date, "
    "exchange_source varchar, accounting_net_amount decimal(28, 3), "
    "accounting_tax_amount decimal(28, 3), accounting_total_amount decimal(28, 3)",
    "books.amendment": "amendment_id varchar, organization_id varchar, service_month date, "
    "billing_month date, reason varchar",
    "books.corrected_document": f"{MONTH_KEY}, payer varchar, service_month date, "
    "corrects_month date, number varchar, issue_date date, left_amount decimal(28, 3)",
}
OCTOBER = "2026-10-01"
USED = {
    "input_uncached_tokens": 8_004_000,
    "cache_read_tokens": 0,
    "cache_write_5m_tokens": 0,
    "cache_write_1h_tokens": 0,
    "cache_write_unknown_ttl_tokens": 0,
    "output_visible_tokens": 500_000,
    "output_reasoning_tokens": 0,
    "other_units": 0,
}


def insert(connection: duckdb.DuckDBPyConnection, table: str, **values: object) -> None:
    places = ", ".join(f"${name}" for name in values)
    connection.execute(f"insert into {table} ({', '.join(values)}) values ({places})", values)


def warehouse_of_october() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for table, columns in TABLES.items():
        connection.execute(f"create schema if not exists {table.split('.')[0]}")
        connection.execute(f"create table {table} ({columns})")
    _catalog(connection)
    _files(connection)
    _enterprise(connection)
    _prepaid(connection)
    _subscription(connection)
    return connection


def _catalog(connection: duckdb.DuckDBPyConnection) -> None:
    for place, (organization, zone, currency) in {
        "Berlin": ("org_aurora", "Europe/Berlin", "EUR"),
        "Oslo": ("org_fjord", "Europe/Oslo", "USD"),
        "London": ("org_indigo", "Europe/London", "USD"),
        "Helsinki": ("org_nomad", "Europe/Helsinki", "EUR"),
    }.items():
        insert(connection, "catalog.organizations", organization_id=organization, name=place)
        insert(
            connection,
            "catalog.rating_slice",
            organization_id=organization,
            service_month="2026-09-01",
        )
        empty = ("region", "vat_id", "tax_number", "endpoint_id", "endpoint_scheme")
        texts = dict.fromkeys((*empty, "buyer_reference", "order_number"), "")
        insert(
            connection,
            "catalog.billing_profiles",
            organization_id=organization,
            legal_name=f"{place} Ltd",
            street="1 Main Street",
            city=place,
            postal_code="1000",
            country="DE",
            email="pay@example.com",
            locale="en_GB",
            currency=currency,
            zone=zone,
            payment_days=30,
            **texts,
        )
    insert(
        connection,
        "catalog.seller",
        seller_id="anyint_eu",
        zone="Europe/Berlin",
        iban="DE90100999000274450310",
        **dict.fromkeys(
            [
                "legal_name",
                "street",
                "city",
                "postal_code",
                "country",
                "vat_id",
                "tax_number",
                "contact_name",
                "phone",
                "email",
                "website",
                "bic",
                "bank_name",
                "endpoint_id",
                "endpoint_scheme",
            ],
            "seller",
        ),
    )
    insert(connection, "catalog.models", model_id="gpt-5", display_name="GPT-5")
    insert(connection, "catalog.models", model_id="gpt-4.1", display_name="GPT-4.1")
    insert(connection, "catalog.plans", plan_id="plan_studio", name="Studio")
    insert(connection, "catalog.projects", project_id="proj_a", name="Alpha")
    insert(connection, "catalog.projects", project_id="proj_b", name="Beta")
    insert(connection, "catalog.api_keys", api_key_id="key_1", name="CI", masked_prefix="sk-1***")


def _files(connection: duckdb.DuckDBPyConnection) -> None:
    for sequence in (1, 2, 3):
        insert(
            connection,
            "raw.ingest_file",
            ingest_sequence=sequence,
            content_sha256=str(sequence) * 64,
            file_name=f"day-{sequence}.jsonl",
            size_bytes=1000,
            received=10,
            format="native",
            source_id="eu",
            supplied="",
        )
    insert(
        connection, "raw.quarantined_event", ingest_sequence=2, line_number=7, reason="bad_count"
    )


def _enterprise(connection: duckdb.DuckDBPyConnection) -> None:
    """Two lines of 10.01 and 5.00 at 19 %, 10 % off: 15.01 - 1.50 = 13.51, tax 2.57."""
    key = {"organization_id": "org_aurora", "billing_month": OCTOBER}
    document = {**key, "payment_mode": "enterprise", "corrects_month": OCTOBER}
    _invoice(connection, document, "EUR", ("15.01", "1.50", "13.51", "2.57", "16.08"), "16.08")
    taxed = {"tax_category": "S", "tax_rate": "0.19"}
    _line(connection, document, 1, "input_uncached", 8_004_000, "0.00000125", "10.01", taxed)
    _line(connection, document, 2, "output_visible", 500_000, "0.00001", "5.00", taxed)
    insert(
        connection,
        "finance.fct_invoice_discounts",
        **document,
        **taxed,
        allowance_number=1,
        discount_name="Partner",
        discount_pct="0.1",
        base_amount="15.01",
        discount_amount="1.50",
    )
    _tax(connection, document, taxed, ("15.01", "1.50", "13.51", "2.57"))
    _usage(connection, key, requests=12, billed=10)
    insert(
        connection,
        "intermediate.int_rating__charges",
        **key,
        service_month=OCTOBER,
        corrects_month=OCTOBER,
        price_currency="USD",
        currency="EUR",
        exchange_rate="0.86",
        exchange_rate_date="2026-10-30",
        exchange_source="ECB",
    )


def _prepaid(connection: duckdb.DuckDBPyConnection) -> None:
    """100.00 before October, 50.00 in it, 15.01 used: 134.99 is left."""
    key = {"organization_id": "org_fjord", "billing_month": OCTOBER}
    document = {**key, "payment_mode": "prepaid", "corrects_month": OCTOBER}
    _invoice(connection, document, "USD", ("15.01", "0", "15.01", "0", "15.01"), "0")
    untaxed = {"tax_category": "O", "tax_rate": "0"}
    _line(connection, document, 1, "input_uncached", 8_004_000, "0.00000125", "10.01", untaxed)
    _line(connection, document, 2, "output_visible", 500_000, "0.00001", "5.00", untaxed)
    _tax(connection, document, untaxed, ("15.01", "0", "15.01", "0"))
    _usage(connection, key, requests=10, billed=10)
    for place, (identity, at, amount, opening, granted, drawn) in enumerate(
        (
            ("top_1", "2026-09-14 08:12:40", "100.00", "100.00", "0", "15.01"),
            ("top_2", "2026-10-02 07:45:11", "50.00", "0", "50.00", "0"),
        ),
        start=1,
    ):
        insert(
            connection,
            "finance.prepaid_lots",
            **key,
            lot_id=identity,
            lot_kind="purchased",
            draw_place=place,
            occurred_at=at,
            currency="USD",
            opening_amount=opening,
            granted_amount=granted,
            drawn_amount=drawn,
            exact_drawn_amount="15.005" if place == 1 else "0",
        )
        insert(
            connection,
            "catalog.top_ups",
            top_up_id=identity,
            organization_id="org_fjord",
            occurred_at=at,
            currency="USD",
            amount=amount,
        )
    for number, (kind, at, amount) in enumerate(
        (
            ("opening", "2026-09-30 22:00:00", "100.00"),
            ("top_up", "2026-10-02 22:45:11", "50.00"),
            ("consumption", "2026-10-31 23:00:00", "-15.01"),
            ("closing", "2026-10-31 23:00:00", "134.99"),
        ),
        start=1,
    ):
        values = {"entry_number": number, "entry_kind": kind, "entry_at": at, "amount": amount}
        reference = "Card 9" if kind == "top_up" else ""
        insert(connection, "finance.fct_prepaid_entries", **key, **values, reference=reference)


def _subscription(connection: duckdb.DuckDBPyConnection) -> None:
    """A plan of 99.00 with 4 requests included."""
    key = {"organization_id": "org_indigo", "billing_month": OCTOBER}
    document = {**key, "payment_mode": "subscription", "corrects_month": OCTOBER}
    _invoice(connection, document, "USD", ("99", "0", "99", "0", "99"), "99")
    untaxed = {"tax_category": "O", "tax_rate": "0"}
    _line(connection, document, 1, "", 1, "99", "99", untaxed, fee="plan_studio")
    _tax(connection, document, untaxed, ("99", "0", "99", "0"))
    _usage(connection, key, requests=4, billed=0, reason="included_in_subscription")


def _invoice(
    connection: duckdb.DuckDBPyConnection,
    document: Mapping[str, object],
    currency: str,
    amounts: Sequence[str],
    due: str,
) -> None:
    names = ("subtotal", "discount", "taxable", "tax", "total")
    insert(
        connection,
        "finance.fct_invoices",
        **document,
        **{f"{name}_amount": amount for name, amount in zip(names, amounts, strict=True)},
        currency=currency,
        minor_digits=2,
        amount_due=due,
        rounding_amount="0.005",
        period_first_date=OCTOBER,
        period_last_date="2026-10-31",
    )


def _line(  # noqa: PLR0913, PLR0917 - a line has that many facts
    connection: duckdb.DuckDBPyConnection,
    document: Mapping[str, object],
    number: int,
    meter: str,
    quantity: int,
    unit_price: str,
    amount: str,
    taxed: Mapping[str, object],
    fee: str = "",
) -> None:
    insert(
        connection,
        "finance.fct_invoice_lines",
        **document,
        **taxed,
        line_number=number,
        line_kind="plan_fee" if fee else "usage",
        service_month=OCTOBER,
        period_first_date=OCTOBER,
        period_last_date="2026-10-31",
        model_id="" if fee else "gpt-5",
        meter=meter,
        service_tier="" if fee else "default",
        context_band=0,
        plan_id=fee,
        quantity=quantity,
        charged_quantity=quantity,
        unit_price=unit_price,
        base_quantity=1 if fee else 1_000_000,
        exact_net_amount=amount,
        line_amount=amount,
    )


def _tax(
    connection: duckdb.DuckDBPyConnection,
    document: Mapping[str, object],
    taxed: Mapping[str, object],
    amounts: Sequence[str],
) -> None:
    names = ("gross", "discount", "taxable", "tax")
    insert(
        connection,
        "finance.fct_invoice_taxes",
        **document,
        **taxed,
        **{f"{name}_amount": amount for name, amount in zip(names, amounts, strict=True)},
        exemption_code="",
        exemption_reason="",
    )


def _usage(
    connection: duckdb.DuckDBPyConnection,
    key: Mapping[str, object],
    *,
    requests: int,
    billed: int,
    reason: str = "rate_limited",
) -> None:
    for meter, quantity in (
        ("requests", billed),
        ("output_visible", 500_000),
        ("input_uncached", 8_004_000),
        ("image", 0),
    ):
        insert(
            connection,
            "finance.reconciliation",
            **key,
            meter=meter,
            billed=quantity,
            not_billed=requests - billed if meter == "requests" else 0,
        )
    zero = "0"
    exact = (
        {"list_amount": "20.012", "contracted_amount": "15.005", "discount_amount": "1.5005"}
        if billed
        else {"list_amount": zero, "contracted_amount": zero, "discount_amount": zero}
    )
    insert(
        connection,
        "finance.cost_monthly",
        **key,
        **USED,
        model_id="gpt-5",
        requests=requests,
        **exact,
    )
    idle = dict.fromkeys(USED, 0)
    insert(
        connection,
        "finance.cost_monthly",
        **key,
        **idle,
        model_id="gpt-4.1",
        requests=0,
        **dict.fromkeys(exact, zero),
    )
    for project, share in (("proj_a", "7.5025"), ("proj_b", "7.5025")):
        insert(
            connection,
            "finance.cost_by_project",
            **key,
            project_id=project,
            requests=requests,
            list_amount=share,
            contracted_amount=share,
            discount_amount="0.75",
        )
    for outcome, why, count in (
        ("success", "", billed),
        ("rate_limited", reason, requests - billed),
    ):
        if count:
            insert(
                connection,
                "usage.usage_daily",
                **key,
                **USED,
                project_id="proj_a",
                api_key_id="key_1",
                model_id="gpt-5",
                usage_date="2026-10-05",
                outcome=outcome,
                not_billed_reason=why,
                requests=count,
                requests_billed=0 if why else count,
            )
