"""What a document about a top-up rests on: the top-up, its day, and the tax of that day.

Here: the rows of the warehouse behind it, for explaining. Keep out: words (`explain_text`).
"""

from collections.abc import Mapping
from typing import Any

import duckdb

from billing.audit.currency_basis import treatment_of_profile
from billing.audit.plain_rows import plain_rows

RECEIPT = "top_up_receipt"
_TOP_UP = """
select documents.document_kind as kind, documents.top_up_id, documents.occurred_at,
       documents.top_up_date, documents.reference, documents.net_amount, documents.tax_amount,
       documents.currency, lots.refunded_amount as lot_refunded_amount
from finance.fct_top_up_documents as documents
left join finance.prepaid_lots as lots
    on documents.organization_id = lots.organization_id
    and documents.billing_month = lots.billing_month and documents.top_up_id = lots.lot_id
where documents.organization_id = ? and documents.billing_month = ?
    and documents.document_kind = ? and documents.top_up_id = ?
"""
_RATES = """
select rates.tax_rate_id, rates.country, rates.category, rates.tax_rate, rates.valid_from_date,
       rates.valid_to_date, rates.source
from finance.fct_top_up_documents as documents
inner join catalog.billing_profiles as profiles
    on documents.organization_id = profiles.organization_id
inner join catalog.tax_treatments as treatments
    on profiles.tax_treatment_id = treatments.tax_treatment_id
inner join catalog.tax_rates as rates
    on treatments.country = rates.country and documents.tax_category = rates.category
    and documents.tax_rate = rates.tax_rate
    and documents.top_up_date >= rates.valid_from_date
    and documents.top_up_date < rates.valid_to_date
where documents.organization_id = ? and documents.billing_month = ?
    and documents.document_kind = ? and documents.top_up_id = ?
"""
_ACCOUNTING = """
select tax_category as category, tax_rate as rate, currency, net_amount as taxable_amount,
       tax_amount, accounting_currency, exchange_rate, exchange_rate_date, exchange_source,
       accounting_net_amount, accounting_tax_amount, accounting_total_amount
from finance.fct_top_up_documents
where organization_id = ? and billing_month = ? and document_kind = ? and top_up_id = ?
    and accounting_currency is not null
"""


def top_up_basis(
    connection: duckdb.DuckDBPyConnection, document: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the top-up, the tax treatment and rate, and the sums in the seller's accounts."""
    organization_id = document["buyer"]["party_id"]
    about = (document["kind"], document["top_up"]["top_up_id"])
    key = [organization_id, f"{document['billing_month']}-01", *about]
    rows = plain_rows(connection, _TOP_UP, key)
    return {
        "discounts": [],
        "credits": [],
        "spend_terms": [],
        "tax_treatment": (
            None
            if document["kind"] == RECEIPT
            else treatment_of_profile(connection, organization_id)
        ),
        "tax_rates": plain_rows(connection, _RATES, key),
        "accounting": plain_rows(connection, _ACCOUNTING, key),
        "top_up": rows[0] | _refunds(document) if rows else None,
    }


def _refunds(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the refunds that a note names; those it was filed without are not known."""
    return {"refunds": list(document["top_up"].get("refunds", ()))}
