"""Books with real frozen invoices in them, filed by hand: no month has to be closed for a letter.

Here: filing one document. Keep out: what is reminded of.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from billing.books.address import books_of
from billing.books.closing import close_month
from billing.books.documents import Registration, file_document
from billing.books.numbering import take_number
from billing.home import Home
from billing.periods import BillingMonth
from invoice_render.document import Document
from tests.invoice_render.documents import document_of
from tests.invoice_render.lines import usage_lines
from tests.invoice_render.people import AURORA
from tests.orchestration.installation import Installation


def invoice(amount: str, due: str, **changed: Any) -> Document:
    """An invoice of one untaxed line, issued 30 days before it is due."""
    exact = Decimal(amount)
    line = usage_lines("1", 2, ("O", "0"))[0].model_copy(
        update={"quantity": 1, "unit_price": exact, "base_quantity": 1, "amount": exact}
    )
    made = document_of([line], **changed)
    day = date.fromisoformat(due)
    payment = made.payment.model_copy(update={"due_date": day})
    issued = date.fromordinal(day.toordinal() - 30)
    return made.model_copy(update={"payment": payment, "issue_date": issued})


def file(home: Installation, made: Document, month: str = "2026-10") -> str:
    """File a document under the next number; returns that."""
    organization_id = made.buyer.party_id
    billed = BillingMonth.parse(month)
    with books_of(Home(home.root)) as books, books.writing() as connection:
        serial, number = take_number(connection, made.seller.party_id, "invoice", 2026)
        assert made.issued_at is not None
        assert made.issue_date is not None
        close_month(connection, organization_id, billed, 0, made.issued_at)
        due = int(made.totals.amount_due.scaleb(made.minor_digits))
        frozen = made.model_copy(
            update={
                "number": number,
                "payment": made.payment.model_copy(update={"reference": number}),
            }
        )
        entry = Registration(
            number=number,
            seller_id=made.seller.party_id,
            kind="invoice",
            year=2026,
            serial=serial,
            organization_id=organization_id,
            billing_month=billed,
            payment_mode=made.payment_mode,
            zone=made.zone,
            currency=made.currency,
            minor_digits=made.minor_digits,
            subtotal_minor=due,
            discount_minor=0,
            taxable_minor=due,
            tax_minor=0,
            total_minor=due,
            prepaid_minor=0,
            amount_due_minor=due,
            issue_date=made.issue_date,
            due_date=made.payment.due_date,
        )
        file_document(connection, entry, frozen.frozen_bytes(), {})
    return number


def renamed(name: str, **changed: Any) -> Any:
    """Aurora under another name or with other fields."""
    return AURORA.model_copy(update={"legal_name": name, **changed})
