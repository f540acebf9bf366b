"""Examples of documents about a top-up: invoice, receipt, and what a refund gives back."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from invoice_render.document import Document, Line, UsageSummary
from invoice_render.prepaid import Refund, TopUp
from tests.invoice_render.assembly import sums_of
from tests.invoice_render.heads import HEAD, PAYMENT

DAY = date(2026, 10, 15)
PAID = TopUp(
    top_up_id="topup_aurora_001",
    occurred_at=datetime(2026, 10, 14, 22, 30, 7, tzinfo=UTC),
    reference="Karte 4242",
    amount=Decimal("33.33"),
)

BACK = Refund(
    movement_id="refund_aurora_001",
    occurred_at=datetime(2026, 11, 19, 23, 30, tzinfo=UTC),
    reference="Überweisung 7",
)


def top_up_invoice(locale: str = "de_DE") -> Document:
    """33.33 on a German balance: 6.33 tax, all of it paid."""
    return _document(
        PAID, Decimal("39.66"), kind="top_up_invoice", number="TI-2026-000001", locale=locale
    )


def top_up_note(locale: str = "de_DE") -> Document:
    """1.11 of it paid back."""
    refunded = PAID.model_copy(update={"amount": Decimal("1.11"), "refunds": (BACK,)})
    return _document(
        refunded,
        Decimal(0),
        kind="credit_note",
        number="CN-2026-000003",
        billing_month="2026-11",
        corrects_month="2026-10",
        corrects_number="TI-2026-000001",
        corrects_issue_date=date(2026, 11, 4),
        locale=locale,
    )


def top_up_receipt(locale: str = "de_DE") -> Document:
    """33.33 on a balance whose usage is taxed: received, and untaxed."""
    return _document(
        PAID,
        Decimal("33.33"),
        ("O", "0"),
        kind="top_up_receipt",
        number="RC-2026-000001",
        locale=locale,
    )


def _document(
    top_up: TopUp, paid: Decimal, tax: tuple[str, str] = ("S", "0.19"), **fields: Any
) -> Document:
    line = Line(
        number=1,
        kind="top_up",
        description=f"Top-up of the prepaid balance, {top_up.reference}",
        service_month="2026-10",
        period_first_day=DAY,
        period_last_day=DAY,
        quantity=1,
        unit_price=top_up.amount,
        base_quantity=1,
        amount=top_up.amount,
        net_amount=top_up.amount,
        tax_category=tax[0],
        tax_rate=Decimal(tax[1]),
    )
    sums = sums_of([line], (), 2, prepaid=paid)
    payment = PAYMENT.model_copy(update={"due_date": None, "reference": fields["number"]})
    parts = {
        "payment_mode": "prepaid",
        "status": "settled",
        "period_first_day": DAY,
        "period_last_day": DAY,
        "minor_digits": 2,
        "summary": UsageSummary(requests=0, requests_billed=0, not_billed=(), meters=()),
        "lines": (line,),
        "models": (),
        "allowances": (),
        "taxes": sums.taxes,
        "totals": sums.totals,
        "payment": payment,
        "top_up": top_up,
    }
    return Document(**{**HEAD, **parts, **fields})
