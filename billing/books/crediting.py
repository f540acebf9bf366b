"""Which filed document late usage below zero gives back from, and how much of it is left.

Here: the choice among documents that billed the same month's usage. Keep out: what is given
back (`dbt_project`) and whether it may be (`billing.invoicing.crediting`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, case, func, literal_column, select

from billing.books.columns import ByBytes
from billing.books.documents import major
from billing.books.register_tables import (
    billed_month,
    document,
    document_allowance,
    document_tax,
)
from billing.periods import BillingMonth

BILLS_USAGE = ("invoice", "statement")
"""Kinds of documents that usage or fees are billed on; what top-ups are invoiced on is not."""
BILLED = (
    "organization_id",
    "payment_mode",
    "billing_month",
    "kind",
    "number",
    "issue_date",
    "total_minor",
    "minor_digits",
)
HAS_PARTS_LEFT = ("invoice", "credit_note")
"""Invoices and the notes on them; no note is on a statement."""


@dataclass(frozen=True)
class TaxLeft:
    """What credit notes left of one tax group of a document."""

    category: str
    rate: str
    taxable: Decimal
    tax: Decimal


@dataclass(frozen=True)
class AllowanceLeft:
    """What credit notes left of what lay above a `maximum` or a `credit` covered."""

    kind: str
    amount: Decimal


@dataclass(frozen=True)
class CorrectedDocument:
    """The document that billed most of what one month's usage came to.

    `left` is what `notes` credit notes left of its total, `taxes` and `allowances` of its parts.
    Usage below zero that a statement billed stands on a statement again, not on a note.
    """

    organization_id: str
    payment_mode: str
    service_month: BillingMonth
    corrects_month: BillingMonth
    number: str
    issue_date: date
    left: Decimal
    notes: int
    taxes: Sequence[TaxLeft] = ()
    allowances: Sequence[AllowanceLeft] = ()
    is_invoice: bool = True


def corrected_documents(connection: Connection, month: BillingMonth) -> list[CorrectedDocument]:
    """Choose, for every service month billed before `month`, the document a note corrects.

    It is the one with most of that service month's amount, less what notes gave back of it; of
    two alike the earlier. Only documents of months before `month` count, so that closing
    `month` again chooses the same.
    """
    credited = _credited(connection, month)
    chosen: dict[tuple[str, str, BillingMonth], Any] = {}
    for row in _billed(connection, month):
        key = (row.organization_id, row.payment_mode, row.service_month)
        rest = row.amount_minor - credited.get((row.number, row.service_month), 0)
        if key not in chosen or rest > chosen[key][0]:
            chosen[key] = (rest, row)
    given_back = _given_back(connection, month)
    taxes, allowances = _taxes_left(connection, month), _allowances_left(connection, month)
    return [
        CorrectedDocument(
            organization_id=row.organization_id,
            payment_mode=row.payment_mode,
            service_month=row.service_month,
            corrects_month=row.billing_month,
            number=row.number,
            issue_date=row.issue_date,
            left=major(row.total_minor - given_back.get(row.number, (0, 0))[0], row.minor_digits),
            notes=given_back.get(row.number, (0, 0))[1],
            taxes=taxes.get(row.number, ()),
            allowances=allowances.get(row.number, ()),
            is_invoice=row.kind == "invoice",
        )
        for _, row in chosen.values()
    ]


def _billed(connection: Connection, month: BillingMonth) -> Iterator[Any]:
    """Invoices and statements with each month they bill, the earliest first."""
    query = (
        select(
            *(document.c[name] for name in BILLED),
            billed_month.c.service_month,
            billed_month.c.amount_minor,
        )
        .join(billed_month, document.c.number == billed_month.c.number)
        .where(document.c.kind.in_(BILLS_USAGE), document.c.billing_month < month)
        .order_by(
            ByBytes(document.c.organization_id),
            document.c.billing_month,
            ByBytes(document.c.number),
        )
    )
    yield from connection.execute(query)


def _credited(connection: Connection, month: BillingMonth) -> dict[tuple[str, BillingMonth], int]:
    """What notes gave back of each document and service month, in minor units."""
    key = (document.c.corrects_number, billed_month.c.service_month)
    rows = connection.execute(
        select(*key, func.sum(billed_month.c.amount_minor).label("minor"))
        .select_from(document.join(billed_month, document.c.number == billed_month.c.number))
        .where(document.c.kind == "credit_note", document.c.billing_month < month)
        .group_by(*key)
    )
    return {(row.corrects_number, row.service_month): int(row.minor) for row in rows}


def _given_back(connection: Connection, month: BillingMonth) -> dict[str, tuple[int, int]]:
    """What notes gave back of each document in all, with tax, in minor units, and how many."""
    rows = connection.execute(
        select(
            document.c.corrects_number,
            func.sum(document.c.total_minor).label("minor"),
            func.count().label("notes"),
        )
        .where(document.c.kind == "credit_note", document.c.billing_month < month)
        .group_by(document.c.corrects_number)
    )
    return {row.corrects_number: (int(row.minor), row.notes) for row in rows}


def _taxes_left(connection: Connection, month: BillingMonth) -> dict[str, list[TaxLeft]]:
    table = document_tax.c
    left: dict[str, list[TaxLeft]] = {}
    query = _left((table.category, table.rate), (table.taxable_minor, table.tax_minor), month)
    for row in connection.execute(query):
        amounts = (_major(row, "taxable_minor"), _major(row, "tax_minor"))
        left.setdefault(row.number, []).append(TaxLeft(row.category, row.rate, *amounts))
    return left


def _allowances_left(connection: Connection, month: BillingMonth) -> dict[str, list[AllowanceLeft]]:
    table = document_allowance.c
    left: dict[str, list[AllowanceLeft]] = {}
    for row in connection.execute(_left((table.kind,), (table.amount_minor,), month)):
        own = AllowanceLeft(row.kind, _major(row, "amount_minor"))
        left.setdefault(row.number, []).append(own)
    return left


def _major(row: Row[Any], name: str) -> Decimal:
    return major(int(getattr(row, name)), row.minor_digits)


def _left(
    group: Sequence[Column[Any]], amounts: Sequence[Column[Any]], month: BillingMonth
) -> Select[Any]:
    """Select amounts of invoices by number and `group`, less those of their notes."""
    table = group[0].table
    is_note = document.c.kind == literal_column("'credit_note'")  # the same in every clause
    number = case((is_note, document.c.corrects_number), else_=document.c.number)
    sums = (
        func.sum(case((is_note, -amount), else_=amount)).label(amount.name) for amount in amounts
    )
    return (
        select(number.label("number"), document.c.minor_digits, *group, *sums)
        .select_from(table.join(document, table.c.number == document.c.number))
        .where(document.c.kind.in_(HAS_PARTS_LEFT), document.c.billing_month < month)
        .group_by(number, document.c.minor_digits, *group)
        .order_by(*(ByBytes(each) for each in (number, *group)))
    )
