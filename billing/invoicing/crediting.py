"""Whether a credit note may be issued: what it gives back must have been billed.

Here: each drafted note held against the invoice it corrects. Keep out: which invoice that is
(`billing.books.crediting`) and what is given back (`dbt_project`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

from billing.books import Books
from billing.books.documents import StoredDocument
from billing.periods import BillingMonth

_NOTES = """
select notes.organization_id, notes.payment_mode, notes.corrects_month, notes.currency,
    notes.total_amount, notes.minor_digits, max(corrected.number) as number, max(corrected.left_amount) as left_amount
from finance.fct_invoices as notes
left join books.corrected_document as corrected
    on notes.organization_id = corrected.organization_id
    and corrected.payer
        = case notes.payment_mode
            when 'enterprise' then 'contract' when 'prepaid' then 'balance'
            else notes.payment_mode
        end
    and notes.billing_month = corrected.billing_month
    and notes.corrects_month = corrected.corrects_month
where notes.billing_month = $month and notes.corrects_month < notes.billing_month
group by all order by notes.organization_id, notes.payment_mode, notes.corrects_month
"""
_TAXES = """
select tax_category, tax_rate from finance.fct_invoice_taxes
where billing_month = $month and organization_id = $organization and corrects_month = $corrects
    and payment_mode = $mode
order by tax_category, tax_rate
"""


@dataclass(frozen=True)
class UnjustNote:
    """A note that cannot be issued: what was wanted, what there is, and what to do."""

    organization_id: str
    subject: str
    wanted: str
    found: str
    message: str


def unjust_notes(
    connection: duckdb.DuckDBPyConnection, books: Books, month: BillingMonth
) -> list[UnjustNote]:
    """Return the drafted credit notes of `month` that give back what was never billed."""
    found = connection.execute(_NOTES, {"month": month.first_day})
    names = [column[0] for column in found.description or ()]
    notes = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    closed = {each for each, closed in books.finalized() if closed == month}
    return [
        unjust
        for note in notes
        if note["organization_id"] not in closed
        for unjust in _judge(connection, books, month, note)
    ]


def _judge(
    connection: duckdb.DuckDBPyConnection, books: Books, month: BillingMonth, note: dict[str, Any]
) -> Iterator[UnjustNote]:
    organization, number = note["organization_id"], note["number"]
    total = f"{note['total_amount']:.{note['minor_digits']}f} {note['currency']}"
    if number is None:
        reason = f"no invoice billed usage of {note['corrects_month']:%Y-%m}"
        yield _unjust(
            organization, "", (total, "nothing"), f"{total} is to be given back, {reason}"
        )
        return
    invoice = books.document(number)
    currency = invoice.registration.currency
    if currency != note["currency"]:
        values = (note["currency"], currency)
        yield _unjust(organization, number, values, f"a note in {values[0]}, billed in {currency}")
        return
    if note["total_amount"] > note["left_amount"]:
        left = f"{note['left_amount']:.{note['minor_digits']}f} {currency}"
        message = f"a credit note of {total} is larger than the {left} left of it"
        yield _unjust(organization, number, (left, total), message)
    parameters = {
        "month": month.first_day,
        "organization": organization,
        "mode": note["payment_mode"],
        "corrects": note["corrects_month"],
    }
    groups = connection.execute(_TAXES, parameters).fetchall()
    billed = _tax_groups(invoice)
    for category, rate in groups:
        if (category, rate) not in billed:
            tax = f"{category} at {rate.normalize():f}"
            told = ", ".join(f"{code} at {each.normalize():f}" for code, each in sorted(billed))
            yield _unjust(organization, number, (told, tax), f"taxed {tax}, billed with {told}")


def _tax_groups(invoice: StoredDocument) -> set[tuple[str, Decimal]]:
    taxes = json.loads(invoice.frozen)["taxes"]
    return {(tax["category"], Decimal(tax["rate"])) for tax in taxes}


def _unjust(organization: str, number: str, values: tuple[str, str], message: str) -> UnjustNote:
    subject = f"credit note on {number}" if number else "credit note"
    remedy = "Look at what came late for it: `meterbook reconcile` and the files' reports."
    about = f"{organization}, {subject}: {message}. {remedy}"
    return UnjustNote(organization, subject, *values, about)
