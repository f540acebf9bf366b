"""What drafts are made of: rows of the marts and of the catalog, read once per month.

Here: the SQL that reads finance.*, usage.* and catalog.*, already in document order. Add a
query when a document shows something new. Keep out: shaping documents (`drafts`, `reports`)
and any arithmetic on money.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from billing.invoicing.cost_queries import COSTS, INPUT, METERS, OUTPUT, PROJECT_COSTS
from billing.invoicing.top_up_queries import REFUNDS
from billing.periods import BillingMonth

Row = Mapping[str, Any]

USAGE = f"""
    cast(sum(requests) as bigint) as requests,
    cast(sum(requests_billed) as bigint) as requests_billed,
    cast(sum({INPUT}) as bigint) as input_tokens,
    cast(sum({OUTPUT}) as bigint) as output_tokens,
    cast(sum(other_units) as bigint) as other_units
"""
QUERIES = {
    "invoices": """
        select invoices.*, corrected.number as corrects_number,
            corrected.issue_date as corrects_issue_date
        from finance.fct_invoices as invoices
        left join (
            select distinct organization_id, billing_month, corrects_month, number, issue_date,
                case payer
                    when 'contract' then 'enterprise' when 'balance' then 'prepaid' else payer
                end as payment_mode
            from books.corrected_document
        ) as corrected
            on invoices.organization_id = corrected.organization_id
            and invoices.payment_mode = corrected.payment_mode
            and invoices.billing_month = corrected.billing_month
            and invoices.corrects_month = corrected.corrects_month
        where invoices.billing_month = $month
        order by invoices.organization_id, invoices.payment_mode, invoices.corrects_month desc
    """,
    "lines": """
        select
            lines.*,
            coalesce(models.display_name, lines.model_id) as model_name,
            coalesce(plans.name, '') as plan_name,
            sold.counted_from_date,
            sold.changed_date,
            overages.included_quantity,
            overages.used_quantity as over_used_quantity,
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
        left join catalog.subscriptions as sold on lines.subscription_id = sold.subscription_id
        left join intermediate.int_subscriptions__overages as overages
            on
                lines.line_kind = 'plan_overage'
                and lines.subscription_id = overages.subscription_id
                and lines.billing_month = overages.billing_month
                and lines.corrects_month = overages.corrects_month
                and lines.period_first_date = overages.period_first_date
                and lines.model_id = overages.model_id
                and lines.meter || 's' = overages.counted
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
        order by lines.organization_id, lines.payment_mode, lines.corrects_month, lines.line_number
    """,
    "discounts": """
        select * from finance.fct_invoice_discounts where billing_month = $month
        order by organization_id, payment_mode, corrects_month, allowance_number
    """,
    "credits": """
        select * from finance.fct_credit_uses where billing_month = $month
        order by organization_id, payment_mode, use_number
    """,
    "taxes": """
        select * from finance.fct_invoice_taxes where billing_month = $month
        order by organization_id, payment_mode, corrects_month, tax_category, tax_rate desc
    """,
    "balance": """
        select * from finance.fct_prepaid_entries where billing_month = $month
        order by organization_id, entry_number
    """,
    "top_ups": """
        select * from finance.fct_top_up_documents where billing_month = $month
        order by organization_id, document_place
    """,
    "refunds": REFUNDS,
    "costs": COSTS,
    "project_costs": PROJECT_COSTS,
    "meters": METERS,
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
        select distinct charges.organization_id, charges.corrects_month, charges.service_month,
            charges.price_currency, charges.currency, charges.exchange_rate,
            charges.exchange_rate_date, charges.exchange_source,
            coalesce(terms.date_rule, 'invoice_date') as date_rule
        from intermediate.int_rating__charges as charges
        left join catalog.exchange_terms as terms on charges.contract_id = terms.contract_id
        where charges.billing_month = $month and charges.price_currency <> charges.currency
        order by charges.organization_id, charges.service_month desc, charges.price_currency,
            charges.exchange_rate_date desc, date_rule, charges.exchange_source,
            charges.exchange_rate
    """,
    "accounting": """
        select organization_id, billing_month, payment_mode, corrects_month, accounting_currency,
            accounting_digits, exchange_rate, exchange_rate_date, exchange_source,
            cast(sum(accounting_net_amount) as decimal(28, 3)) as net_amount,
            cast(sum(accounting_tax_amount) as decimal(28, 3)) as tax_amount,
            cast(sum(accounting_total_amount) as decimal(28, 3)) as total_amount
        from finance.fct_invoice_accounting
        where billing_month = $month and currency <> accounting_currency
        group by all having bool_or(tax_category <> 'O')
        order by organization_id, payment_mode, corrects_month
    """,
    "forms": """
        select organization_id, form from catalog.document_forms
        where cast($month as date) is not null
        order by organization_id, form
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

    def of(self, query: str, organization_id: str, corrects_month: date | None = None) -> list[Row]:
        """Return a query's rows of one organization, or of what corrects one month."""
        rows = self.rows[query].get(organization_id, ())
        return [row for row in rows if corrects_month in (None, row.get("corrects_month"))]

    def of_document(self, query: str, invoice: Row) -> list[Row]:
        """Return a query's rows of one document, given as its row of `invoices`."""
        rows = self.of(query, invoice["organization_id"], invoice["corrects_month"])
        return [row for row in rows if row["payment_mode"] == invoice["payment_mode"]]


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
