"""What drafts are made of: rows of the marts and of the catalog, read once per month.

Here: the SQL that reads finance.*, usage.* and catalog.*, already in document order. Add a
query when a document shows something new. Keep out: shaping documents (`drafts`, `reports`)
and any arithmetic on money.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from billing.periods import BillingMonth

Row = Mapping[str, Any]

INPUT = (
    "input_uncached_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens"
    " + cache_write_unknown_ttl_tokens"
)
OUTPUT = "output_visible_tokens + output_reasoning_tokens"
USAGE = f"""
    cast(sum(requests) as bigint) as requests,
    cast(sum(requests_billed) as bigint) as requests_billed,
    cast(sum({INPUT}) as bigint) as input_tokens,
    cast(sum({OUTPUT}) as bigint) as output_tokens,
    cast(sum(other_units) as bigint) as other_units
"""
QUERIES = {
    "invoices": """
        select * from finance.fct_invoices where billing_month = $month
        order by organization_id, payment_mode
    """,
    "lines": """
        select
            lines.*,
            coalesce(models.display_name, lines.model_id) as model_name,
            coalesce(plans.name, '') as plan_name,
            coalesce(allowances.name, schedules.name) as term_name,
            steps.kind as tier_kind,
            steps.above_quantity,
            steps.up_to_quantity,
            coalesce(uplifts.region, '') as region,
            coalesce(
                windows.starts_time || '-' || windows.ends_time || ' ' || windows.zone, ''
            ) as hours,
            coalesce(windows.weekdays, '') as weekdays,
            coalesce(adjustments.off_pct, 0) as off_pct
        from finance.fct_invoice_lines as lines
        left join catalog.models on lines.model_id = models.model_id
        left join catalog.plans on lines.plan_id = plans.plan_id
        left join catalog.region_uplifts as uplifts on lines.uplift_id = uplifts.uplift_id
        left join catalog.price_adjustments as adjustments
            on lines.adjustment_id = adjustments.adjustment_id
        left join catalog.prices as prices
            on
                lines.price_id = prices.price_id and lines.contract_price_id = ''
                and lines.allowance_id = '' and lines.tier_schedule_id = ''
        left join catalog.price_windows as windows
            on prices.price_window_id = windows.price_window_id
        left join catalog.allowances on lines.allowance_id = allowances.allowance_id
        left join catalog.tier_schedules as schedules
            on lines.tier_schedule_id = schedules.tier_schedule_id
        left join intermediate.int_rating__tier_steps as steps
            on
                lines.tier_schedule_id = steps.tier_schedule_id
                and lines.tier_step = steps.tier_step
        where lines.billing_month = $month
        order by lines.organization_id, lines.payment_mode, lines.line_number
    """,
    "discounts": """
        select * from finance.fct_invoice_discounts where billing_month = $month
        order by organization_id, payment_mode, allowance_number
    """,
    "credits": """
        select * from finance.fct_credit_uses where billing_month = $month
        order by organization_id, payment_mode, use_number
    """,
    "taxes": """
        select * from finance.fct_invoice_taxes where billing_month = $month
        order by organization_id, payment_mode, tax_category, tax_rate desc
    """,
    "balance": """
        select * from finance.fct_prepaid_entries where billing_month = $month
        order by organization_id, entry_number
    """,
    "costs": f"""
        select
            costs.*,
            costs.model_id as label_id,
            coalesce(models.display_name, costs.model_id) as label,
            cast({INPUT} + {OUTPUT} as bigint) as tokens
        from finance.cost_monthly as costs
        left join catalog.models on costs.model_id = models.model_id
        where costs.billing_month = $month
        order by costs.organization_id, costs.model_id
    """,
    "project_costs": """
        select
            costs.organization_id,
            costs.project_id as label_id,
            projects.name as label,
            cast(sum(costs.requests) as bigint) as requests,
            cast(sum(costs.list_amount) as decimal(38, 12)) as list_amount,
            cast(sum(costs.contracted_amount) as decimal(38, 12)) as contracted_amount,
            cast(sum(costs.discount_amount) as decimal(38, 12)) as discount_amount
        from finance.cost_by_project as costs
        inner join catalog.projects on costs.project_id = projects.project_id
        where costs.billing_month = $month
        group by costs.organization_id, costs.project_id, projects.name
        order by costs.organization_id, costs.project_id
    """,
    "meters": """
        select organization_id, meter, cast(billed + not_billed as bigint) as quantity, billed
        from finance.reconciliation where billing_month = $month
        order by organization_id, meter
    """,
    "not_billed": """
        select organization_id, not_billed_reason as meter,
            cast(sum(requests) as bigint) as quantity
        from usage.usage_daily where billing_month = $month and not_billed_reason <> ''
        group by organization_id, not_billed_reason order by organization_id, not_billed_reason
    """,
    "outcomes": """
        select organization_id, outcome as meter, cast(sum(requests) as bigint) as quantity
        from usage.usage_daily where billing_month = $month
        group by organization_id, outcome order by organization_id, outcome
    """,
    "by_model": f"""
        select usage_daily.organization_id,
            coalesce(models.display_name, usage_daily.model_id) as label, {USAGE}
        from usage.usage_daily
        left join catalog.models on usage_daily.model_id = models.model_id
        where billing_month = $month
        group by usage_daily.organization_id, usage_daily.model_id, label
        order by usage_daily.organization_id, usage_daily.model_id
    """,
    "by_project": f"""
        select usage_daily.organization_id, projects.name as label, {USAGE}
        from usage.usage_daily
        inner join catalog.projects on usage_daily.project_id = projects.project_id
        where billing_month = $month
        group by usage_daily.organization_id, usage_daily.project_id, label
        order by usage_daily.organization_id, usage_daily.project_id
    """,
    "by_key": f"""
        select usage_daily.organization_id,
            api_keys.name || ' (' || api_keys.masked_prefix || ')' as label, {USAGE}
        from usage.usage_daily
        inner join catalog.api_keys on usage_daily.api_key_id = api_keys.api_key_id
        where billing_month = $month
        group by usage_daily.organization_id, usage_daily.api_key_id, label
        order by usage_daily.organization_id, usage_daily.api_key_id
    """,
    "by_day": f"""
        select organization_id, strftime(usage_date, '%Y-%m-%d') as label, {USAGE}
        from usage.usage_daily where billing_month = $month
        group by organization_id, usage_date order by organization_id, usage_date
    """,
    "exchange": """
        select distinct charges.organization_id, charges.service_month, charges.price_currency,
            charges.currency, charges.exchange_rate, charges.exchange_rate_date,
            charges.exchange_source, coalesce(terms.date_rule, 'invoice_date') as date_rule
        from intermediate.int_rating__charges as charges
        left join catalog.exchange_terms as terms on charges.contract_id = terms.contract_id
        where charges.billing_month = $month and charges.price_currency <> charges.currency
        order by charges.organization_id, charges.service_month desc,
            charges.exchange_rate_date desc, charges.price_currency
    """,
    "accounting": """
        select organization_id, billing_month, payment_mode, accounting_currency,
            accounting_digits, exchange_rate, exchange_rate_date, exchange_source,
            cast(sum(accounting_net_amount) as decimal(28, 3)) as net_amount,
            cast(sum(accounting_tax_amount) as decimal(28, 3)) as tax_amount,
            cast(sum(accounting_total_amount) as decimal(28, 3)) as total_amount
        from finance.fct_invoice_accounting
        where billing_month = $month and currency <> accounting_currency
        group by all having bool_or(tax_category <> 'O')
        order by organization_id, payment_mode
    """,
    "profiles": """
        select profiles.*, organizations.name as organization_name
        from catalog.billing_profiles as profiles
        inner join catalog.organizations
            on profiles.organization_id = organizations.organization_id
        where cast($month as date) is not null
        order by profiles.organization_id
    """,
}


@dataclass(frozen=True)
class Marts:
    """Rows of one month by query and organization, and the seller."""

    month: BillingMonth
    seller: Row
    rows: Mapping[str, Mapping[str, Sequence[Row]]]

    def of(self, query: str, organization_id: str, payment_mode: str = "") -> list[Row]:
        """Return a query's rows of one organization, or of one of its documents."""
        rows = self.rows[query].get(organization_id, ())
        return [row for row in rows if not payment_mode or row["payment_mode"] == payment_mode]


def read_marts(connection: duckdb.DuckDBPyConnection, month: BillingMonth) -> Marts:
    """Read everything that documents and reports of `month` show."""
    rows: dict[str, dict[str, list[Row]]] = {}
    for name, query in QUERIES.items():
        by_organization: dict[str, list[Row]] = {}
        for row in _rows(connection, query, {"month": month.first_day}):
            by_organization.setdefault(row["organization_id"], []).append(row)
        rows[name] = by_organization
    return Marts(month, _rows(connection, "select * from catalog.seller", {})[0], rows)


def _rows(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Mapping[str, object]
) -> list[Row]:
    values = connection.execute(query, dict(parameters)).fetchall()
    names = [column[0] for column in connection.description or ()]
    return [dict(zip(names, row, strict=True)) for row in values]
