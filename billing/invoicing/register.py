"""The register as Finance reads it: every document with its payment status.

Here: `invoices`, `show` and the status of a document at an instant. Keep out: changing
anything, and how documents look.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from billing.books import Books
from billing.books.documents import Registration
from billing.books.payments import Payment
from billing.clock import Clock
from billing.invoicing.drafts import DraftDocument
from billing.periods import BillingMonth


@dataclass(frozen=True)
class InvoiceEntry:
    """One row of the list; amounts are strings with the currency's decimals."""

    number: str
    kind: str
    organization_id: str
    billing_month: str
    currency: str
    subtotal: str
    discount: str
    tax: str
    total: str
    amount_due: str
    due_date: str | None
    status: str
    sha256: str
    corrects_number: str = ""
    top_up_id: str = ""


def list_invoices(
    books: Books,
    clock: Clock,
    *,
    month: BillingMonth | None = None,
    organization_id: str | None = None,
) -> list[InvoiceEntry]:
    """List finalized documents, in order of kind, year and number."""
    paid: dict[str, list[Payment]] = {}
    for payment in books.payments():
        paid.setdefault(payment.number, []).append(payment)
    credited = credited_amounts(books.documents(None, organization_id))
    return [
        _entry(
            registration,
            sha256,
            status(
                registration,
                paid.get(registration.number, ()),
                clock,
                credited.get(registration.number, Decimal(0)),
            ),
        )
        for registration, sha256 in books.documents(month, organization_id)
    ]


def credited_amounts(documents: Iterable[tuple[Registration, str]]) -> dict[str, Decimal]:
    """Sum what credit notes give back, by the number of the invoice they correct."""
    credited: dict[str, Decimal] = {}
    for each, _ in documents:
        if each.corrects_number:
            before = credited.get(each.corrects_number, Decimal(0))
            credited[each.corrects_number] = before + each.amount("total")
    return credited


def list_drafts(drafts: Sequence[DraftDocument]) -> list[InvoiceEntry]:
    """List drafts in the same shape; they have no number, due date or hash yet."""
    return [
        InvoiceEntry(
            number="",
            kind=draft.data["kind"],
            organization_id=draft.organization_id,
            billing_month=draft.data["billing_month"],
            currency=draft.data["currency"],
            **{name: format(draft.data["totals"][name], "f") for name in AMOUNTS},
            due_date=None,
            status="draft",
            sha256="",
            corrects_number=draft.data["corrects_number"],
            top_up_id=draft.top_up_id,
        )
        for draft in drafts
    ]


def show_invoice(books: Books, number: str, clock: Clock) -> dict[str, Any]:
    """Show one document as filed, with hash, present status and payments.

    Raises BooksError when there is no such document.
    """
    stored = books.document(number)
    payments = books.payments(number)
    own = books.documents(None, stored.registration.organization_id)
    notes = [(each, sha256) for each, sha256 in own if each.corrects_number == number]
    credited = credited_amounts(notes).get(number, Decimal(0))
    return {
        "document": json.loads(stored.frozen),
        "sha256": stored.sha256,
        "status": status(stored.registration, payments, clock, credited),
        "credit_notes": [
            {"number": each.number, "total": format(each.amount("total"), "f")} for each, _ in notes
        ],
        "payments": [
            {
                **asdict(payment),
                "amount": format(payment.amount, "f"),
                "paid_at": payment.paid_at.isoformat(),
            }
            for payment in payments
        ],
    }


def status(
    registration: Registration,
    payments: Sequence[Payment],
    clock: Clock,
    credited: Decimal = Decimal(0),
) -> str:
    """Say `settled`, `paid`, `overdue` or `open`, at the clock's present instant.

    A document is settled if nothing was ever due, or credit notes gave all of it back. An
    invoice is overdue once its due date has passed in the organization's zone and what notes
    left of it is not paid in full.
    """
    due = registration.amount("amount_due") - credited
    if registration.kind != "invoice" or due <= 0:
        return "settled"
    if sum((payment.amount for payment in payments), Decimal(0)) >= due:
        return "paid"
    return "overdue" if _is_past_due(registration, clock.now()) else "open"


def _is_past_due(registration: Registration, now: datetime) -> bool:
    today = now.astimezone(ZoneInfo(registration.zone)).date()
    return registration.due_date is not None and today > registration.due_date


AMOUNTS = ("subtotal", "discount", "tax", "total", "amount_due")


def _entry(registration: Registration, sha256: str, status: str) -> InvoiceEntry:
    due_date = registration.due_date
    return InvoiceEntry(
        number=registration.number,
        kind=registration.kind,
        organization_id=registration.organization_id,
        billing_month=str(registration.billing_month),
        currency=registration.currency,
        **{name: format(registration.amount(name), "f") for name in AMOUNTS},
        due_date=due_date.isoformat() if due_date else None,
        status=status,
        sha256=sha256,
        corrects_number=registration.corrects_number,
        top_up_id=registration.top_up_id,
    )
