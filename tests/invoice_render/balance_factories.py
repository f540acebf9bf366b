"""Examples of a prepaid balance whose usage is taxed: its invoice, and a note on it."""

from datetime import date
from decimal import Decimal
from typing import Any

from invoice_render.document import Document
from invoice_render.prepaid import Balance, BalanceEntry
from tests.invoice_render.assembly import sums_of
from tests.invoice_render.documents import document_of
from tests.invoice_render.heads import PAYMENT
from tests.invoice_render.lines import LAST, MODELS, usage_lines

GIVEN_BACK = Decimal("1.19")


def balance_invoice(locale: str = "de_DE") -> Document:
    """A month of a German balance at 19 %: all of it paid by the balance, 1.19 given back."""
    lines = usage_lines("0.5", 2, ("S", "0.19"), models=MODELS[:4])
    total = sums_of(lines, (), 2).totals.total
    entries = (
        BalanceEntry(
            day=date(2026, 10, 3), kind="top_up", reference="Karte 4242", amount=Decimal(800)
        ),
        BalanceEntry(day=LAST, kind="consumption", amount=-total),
        BalanceEntry(day=LAST, kind="credit_note", reference="INV-2026-000001", amount=GIVEN_BACK),
    )
    closing = sum((entry.amount for entry in entries), Decimal(0))
    return _document(
        lines,
        total,
        number="INV-2026-000007",
        locale=locale,
        balance=Balance(opening=Decimal(0), entries=entries, closing=closing),
    )


def balance_note(locale: str = "de_DE") -> Document:
    """What is given back of an invoice that a balance paid goes to the balance."""
    lines = usage_lines("0.5", 2, ("S", "0.19"), models=MODELS[:1])
    return _document(
        lines,
        sums_of(lines, (), 2).totals.total,
        kind="credit_note",
        number="CN-2026-000005",
        locale=locale,
        billing_month="2026-11",
        corrects_month="2026-10",
        corrects_number="INV-2026-000007",
        corrects_issue_date=date(2026, 11, 4),
    )


def _document(lines: list[Any], paid: Decimal, **fields: Any) -> Document:
    payment = PAYMENT.model_copy(update={"due_date": None, "reference": fields["number"]})
    settled = {"payment_mode": "prepaid", "status": "settled", "payment": payment}
    return document_of(lines, prepaid=paid, **settled, **fields)
