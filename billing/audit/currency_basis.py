"""What the taxes and other currencies of a document rest on.

Here: the tax treatment with the rule that chose it, the rate rows of tax groups, and what the
document is worth in the seller's accounts. Keep out: words (`explain_currency_text`).
"""

from collections.abc import Mapping
from typing import Any

import duckdb

from billing.audit.plain_rows import PlainRow, plain_rows

_TREATMENT = """
select profiles.tax_treatment_id, treatments.category, treatments.country as tax_country,
       profiles.tax_rule_id, rules.precedence, rules.seller_country, rules.buyer_area,
       rules.buyer_status, rules.buyer_vat_id
from catalog.billing_profiles as profiles
left join catalog.tax_treatments as treatments
    on profiles.tax_treatment_id = treatments.tax_treatment_id
left join catalog.tax_rules as rules on profiles.tax_rule_id = rules.tax_rule_id
where profiles.organization_id = ?
"""
_RATES = """
select distinct rates.tax_rate_id, rates.country, rates.category, rates.tax_rate,
       rates.valid_from_date, rates.valid_to_date, rates.source
from finance.fct_invoice_lines as lines
inner join catalog.billing_profiles as profiles
    on lines.organization_id = profiles.organization_id
inner join catalog.tax_treatments as treatments
    on profiles.tax_treatment_id = treatments.tax_treatment_id
inner join catalog.tax_rates as rates
    on treatments.country = rates.country and lines.tax_category = rates.category
    and lines.tax_rate = rates.tax_rate
    and rates.valid_from_date < lines.service_month + interval '1 month'
    and rates.valid_to_date >= lines.service_month + interval '1 month'
where lines.organization_id = ? and lines.billing_month = ? and lines.payment_mode = ?
    and lines.corrects_month = ?
order by rates.country, rates.category, rates.valid_from_date, rates.tax_rate_id
"""
_ACCOUNTING = """
select tax_category as category, tax_rate as rate, currency, taxable_amount, tax_amount,
       accounting_currency, exchange_rate, exchange_rate_date, exchange_source,
       accounting_net_amount, accounting_tax_amount, accounting_total_amount
from finance.fct_invoice_accounting
where organization_id = ? and billing_month = ? and payment_mode = ? and corrects_month = ?
order by tax_category, tax_rate desc
"""


def currency_basis(
    connection: duckdb.DuckDBPyConnection, document: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the rows behind taxes and accounts; a statement is outside the scope of tax."""
    organization_id, mode = document["buyer"]["party_id"], document["payment_mode"]
    corrects = document.get("corrects_month") or document["billing_month"]
    key = [organization_id, f"{document['billing_month']}-01", mode, f"{corrects}-01"]
    treatment = None
    if document["kind"] != "statement":
        treatment = treatment_of_profile(connection, organization_id)
    return {
        "tax_treatment": treatment,
        "tax_rates": plain_rows(connection, _RATES, key) if treatment else [],
        "accounting": plain_rows(connection, _ACCOUNTING, key),
    }


def treatment_of_profile(
    connection: duckdb.DuckDBPyConnection, organization_id: str
) -> PlainRow | None:
    """Return an organization's tax treatment with the rule that chose it."""
    return next(iter(plain_rows(connection, _TREATMENT, [organization_id])), None)
