"""The register as Finance reads it: every document with its payment status.

Here: `invoices` and `show`. Keep out: changing anything, how documents look, and what a status
means (`billing.receivables`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.books import Books
from billing.books.documents import Registration, major, registrations, stored_document
from billing.books.receivables import (
    Receivable,
    ReceivableAct,
    Settlement,
    acts,
    receivables,
    settlements,
)
from billing.clock import Clock
from billing.invoicing.drafts import DraftDocument
from billing.periods import BillingMonth
from billing.receivables.standing import status_of


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
    open: str
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
    now = clock.now()
    with books.reading() as connection:
        payable = {each.number: each for each in receivables(connection, organization_id)}
        filed = registrations(connection, month, organization_id)
    return [
        _entry(registration, sha256, payable.get(registration.number), now)
        for registration, sha256 in filed
    ]


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
            open="",
            sha256="",
            corrects_number=draft.data["corrects_number"],
            top_up_id=draft.top_up_id,
        )
        for draft in drafts
    ]


def show_invoice(books: Books, number: str, clock: Clock) -> dict[str, Any]:
    """Show one document as filed, with hash, present status, notes and what settled it.

    Raises BooksError when there is no such document.
    """
    with books.reading() as connection:
        stored = stored_document(connection, number)
        organization_id = stored.registration.organization_id
        payable = next(iter(receivables(connection, number=number)), None)
        settled = settlements(connection, number=number)
        known = {each.act_id: each for each in acts(connection, organization_id)}
        own = registrations(connection, None, organization_id)
    notes = [each for each, _ in own if each.corrects_number == number]
    return {
        "document": json.loads(stored.frozen),
        "sha256": stored.sha256,
        "status": status_of(payable, clock.now()),
        "open": _text(payable, "open"),
        "credit_notes": [
            {"number": each.number, "total": format(each.amount("total"), "f")} for each in notes
        ],
        "payments": [_settled(each, known[each.act_id]) for each in settled],
    }


def _settled(settlement: Settlement, act: ReceivableAct) -> dict[str, Any]:
    """What one act settled of a document; `kind` is the act's, `source` money or a write-off."""
    return {
        "kind": act.kind,
        "source": settlement.source,
        "amount": format(major(settlement.amount_minor, act.minor_digits), "f"),
        "currency": act.currency,
        "paid_at": act.occurred_at.isoformat(),
        "reference": act.client_reference,
        "because": act.because,
    }


AMOUNTS = ("subtotal", "discount", "tax", "total", "amount_due")


def _entry(
    registration: Registration, sha256: str, payable: Receivable | None, now: datetime
) -> InvoiceEntry:
    due_date = registration.due_date
    return InvoiceEntry(
        number=registration.number,
        kind=registration.kind,
        organization_id=registration.organization_id,
        billing_month=str(registration.billing_month),
        currency=registration.currency,
        **{name: format(registration.amount(name), "f") for name in AMOUNTS},
        due_date=due_date.isoformat() if due_date else None,
        status=status_of(payable, now),
        open=_text(payable, "open"),
        sha256=sha256,
        corrects_number=registration.corrects_number,
        top_up_id=registration.top_up_id,
    )


def _text(payable: Receivable | None, name: str) -> str:
    """One amount of an invoice that asked for money; of other documents nothing is open."""
    return "" if payable is None else format(payable.amount(name), "f")
