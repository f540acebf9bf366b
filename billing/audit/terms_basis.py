"""What a document's fixed allowances, payments and true-up rest on: credits and spend terms.

Here: the rows of the warehouse behind them, with their ids. Keep out: lines of usage
(`line_basis`) and words.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from billing.audit.plain_rows import PlainRow, plain_rows

_CREDITS = """
select uses.use_number, uses.credit_id, uses.credit_kind as kind, uses.credit_name as name,
       uses.repeats, uses.grant_month, uses.granted_amount, uses.available_amount,
       uses.used_amount, uses.left_amount, credits.valid_from_date, uses.valid_to_date
from finance.fct_credit_uses as uses
left join catalog.credits as credits on uses.credit_id = credits.credit_id
where uses.organization_id = ? and uses.billing_month = ? and uses.payment_mode = ?
order by uses.use_number
"""
_SPEND_TERMS = """
select terms.spend_term_id, terms.contract_id, terms.term_kind as kind, terms.period,
       bounds.amount, terms.first_date, terms.last_date, terms.days, terms.month_days,
       terms.committed_amount, terms.billed_before_amount, terms.net_amount,
       terms.is_due as is_due, terms.currency, bounds.valid_from_date, bounds.valid_to_date
from finance.fct_spend_terms as terms
left join catalog.spend_terms as bounds on terms.spend_term_id = bounds.spend_term_id
where terms.organization_id = ? and terms.billing_month = ?
order by terms.term_kind desc, terms.period, terms.spend_term_id
"""
_SOURCES = """
select allowance_number, discount_id from finance.fct_invoice_discounts
where organization_id = ? and billing_month = ? and payment_mode = ? and corrects_month = ?
"""


def terms_basis(
    connection: duckdb.DuckDBPyConnection, document: Mapping[str, Any]
) -> dict[str, list[PlainRow]]:
    """Return the discounts with their rows' ids, the credits used and the spend terms in force.

    No credit and no spend term touches a credit note.
    """
    first_day = f"{document['billing_month']}-01"
    key = [document["buyer"]["party_id"], first_day]
    mode, corrects = document["payment_mode"], document.get("corrects_month")
    sources = [*key, mode, f"{corrects}-01" if corrects else first_day]
    is_bounded = mode == "enterprise" and not corrects
    return {
        "discounts": _with_ids(document["allowances"], plain_rows(connection, _SOURCES, sources)),
        "credits": [] if corrects else plain_rows(connection, _CREDITS, [*key, mode]),
        "spend_terms": plain_rows(connection, _SPEND_TERMS, key) if is_bounded else [],
    }


def _with_ids(
    allowances: Sequence[Mapping[str, Any]], sources: Sequence[PlainRow]
) -> list[PlainRow]:
    ids = {row["allowance_number"]: row["discount_id"] for row in sources}
    return [{**row, "discount_id": ids.get(row["number"])} for row in allowances]
