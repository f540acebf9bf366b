"""Invoices of top-ups: which there are, and what credit notes left of them.

Here: reading them for the month that gives back tax of what was refunded. Keep out: which top-up
is invoiced (`billing.invoicing.top_ups`) and what is given back (`dbt_project`).
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, literal_column, select

from billing.books.columns import ByBytes
from billing.books.documents import major, stored_document
from billing.books.register_tables import document, document_tax
from billing.periods import BillingMonth

KIND, RECEIPT = "top_up_invoice", "top_up_receipt"
COLUMNS = (
    "organization_id",
    "top_up_id",
    "billing_month",
    "number",
    "issue_date",
    "currency",
    "minor_digits",
)


@dataclass(frozen=True)
class Filed:
    """The number and day of a top-up's invoice."""

    number: str
    issue_date: date


@dataclass(frozen=True)
class TopUpInvoice:
    """What credit notes of earlier months left of the invoice of one top-up.

    The top-up is told as it was invoiced: the catalog may have another by now, or none.
    """

    organization_id: str
    top_up_id: str
    billing_month: BillingMonth
    occurred_at: datetime
    reference: str
    currency: str
    filed: Filed
    category: str
    rate: str
    taxable_left: Decimal
    tax_left: Decimal
    exemption_code: str
    exemption_reason: str


def filed_in(connection: Connection, month: BillingMonth) -> dict[str, Filed]:
    """Return the invoices and receipts that `month` made, by top-up."""
    rows = connection.execute(
        select(document.c.top_up_id, document.c.number, document.c.issue_date).where(
            document.c.kind.in_((KIND, RECEIPT)), document.c.billing_month == month
        )
    )
    return {row.top_up_id: Filed(row.number, row.issue_date) for row in rows}


def invoices_left(
    connection: Connection, month: BillingMonth, organizations: Collection[str]
) -> list[TopUpInvoice]:
    """List what months before `month` left of the organizations' invoices, where it is anything."""
    if not organizations:
        return []
    rows = connection.execute(_left_of(month)).all()
    return [
        _invoice(connection, row)
        for row in rows
        if row.organization_id in organizations and row.taxable_minor > 0
    ]


def _left_of(month: BillingMonth) -> Select[Any]:
    """Select taxable amount and tax of each invoice, less those of its notes."""
    is_note = document.c.kind == literal_column("'credit_note'")  # the same in every clause
    number = case((is_note, document.c.corrects_number), else_=document.c.number)
    taken = (
        select(
            number.label("number"),
            document_tax.c.category,
            document_tax.c.rate,
            *(
                func.sum(case((is_note, -amount), else_=amount)).label(amount.name)
                for amount in (document_tax.c.taxable_minor, document_tax.c.tax_minor)
            ),
        )
        .select_from(document_tax.join(document, document_tax.c.number == document.c.number))
        .where(document.c.payment_mode == "prepaid", document.c.billing_month < month)
        .group_by(number, document_tax.c.category, document_tax.c.rate)
        .subquery()
    )
    return (
        select(
            *(document.c[name] for name in COLUMNS),
            *(taken.c[name] for name in ("category", "rate", "taxable_minor", "tax_minor")),
        )
        .join(taken, document.c.number == taken.c.number)
        .where(document.c.kind == KIND)
        .order_by(ByBytes(document.c.organization_id), ByBytes(document.c.top_up_id))
    )


def _invoice(connection: Connection, row: Row[Any]) -> TopUpInvoice:
    frozen = json.loads(stored_document(connection, row.number).frozen)
    (tax,), top_up = frozen["taxes"], frozen["top_up"]
    return TopUpInvoice(
        row.organization_id,
        row.top_up_id,
        row.billing_month,
        datetime.fromisoformat(top_up["occurred_at"]),
        top_up["reference"],
        row.currency,
        Filed(row.number, row.issue_date),
        row.category,
        row.rate,
        major(int(row.taxable_minor), row.minor_digits),
        major(int(row.tax_minor), row.minor_digits),
        tax["exemption_code"],
        tax["exemption_reason"],
    )
