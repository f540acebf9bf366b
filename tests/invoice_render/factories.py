"""Example documents of every way of paying, with sums that hold.

Here: one factory per kind of customer. Keep out: the law of the sums (`assembly`), lines and
people.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from invoice_render.document import (
    Credit,
    Document,
    Line,
    LineTerm,
    PaymentTerms,
)
from invoice_render.prepaid import Balance, BalanceEntry
from tests.invoice_render.assembly import Discount, Fixed, sums_of
from tests.invoice_render.balance_factories import balance_invoice, balance_note
from tests.invoice_render.documents import document_of
from tests.invoice_render.heads import PAYMENT, dollars_to
from tests.invoice_render.lines import LAST, MODELS, fee_line, usage_lines
from tests.invoice_render.people import COBALT, DENKI, ETOILE, FJORD, LUMEN
from tests.invoice_render.top_up_factories import (
    top_up_invoice,
    top_up_note,
    top_up_receipt,
)


def enterprise_euro() -> Document:
    """Domestic German enterprise: 19 %, two stacked discounts, thirteen models."""
    lines = usage_lines("0.86430424", 2, ("S", "0.19"))
    discounts = (
        Discount("Partner discount", Decimal("0.10")),
        Discount("Claude Sonnet campaign", Decimal("0.20"), "claude-sonnet-4-5"),
    )
    return document_of(lines, discounts, exchange=dollars_to("EUR", "0.86430424"))


def reverse_charge() -> Document:
    """French enterprise under reverse charge."""
    return document_of(
        usage_lines("0.86430424", 2, ("AE", "0"), models=MODELS[:5]),
        number="INV-2026-000002",
        buyer=ETOILE,
        locale="fr_FR",
        zone="Europe/Paris",
        exchange=dollars_to("EUR", "0.86430424"),
    )


def out_of_scope() -> Document:
    """American enterprise, outside the scope of VAT, with credit applied after tax."""
    lines = usage_lines("1", 2, ("O", "0"), models=MODELS[:8])
    return document_of(
        lines,
        (Discount("Gemini launch", Decimal("0.15"), "gemini-2.5-pro"),),
        prepaid=Decimal("50.00"),
        number="INV-2026-000003",
        buyer=COBALT,
        currency="USD",
        locale="en_US",
        zone="America/New_York",
        order_number="PO-77821",
        notes=("Thank you for building with us.",),
    )


def japanese_yen() -> Document:
    """Japanese enterprise in whole yen."""
    return document_of(
        usage_lines("151.82713", 0, ("O", "0"), models=MODELS[:6]),
        (Discount("長期契約割引", Decimal("0.05")),),
        digits=0,
        number="INV-2026-000004",
        buyer=DENKI,
        currency="JPY",
        locale="ja_JP",
        zone="Asia/Tokyo",
        exchange=dollars_to("JPY", "151.82713000"),
    )


def prepaid_statement() -> Document:
    """Pay as you go: a statement with its balance; nothing is payable."""
    lines = usage_lines("1", 2, ("O", "0"), models=MODELS[:4])
    total = sums_of(lines, (), 2).totals.total
    return document_of(
        lines,
        prepaid=total,
        kind="statement",
        payment_mode="prepaid",
        number="ST-2026-000001",
        status="settled",
        buyer=FJORD,
        buyer_reference="",
        currency="USD",
        locale="en_GB",
        zone="Europe/Oslo",
        payment=PaymentTerms(due_date=None, payment_days=0),
        balance=balance_after(total),
    )


def balance_after(consumption: Decimal) -> Balance:
    """Two top-ups and what was used."""
    card = "Card ending 4242"
    entries = (
        BalanceEntry(day=date(2026, 10, 3), kind="top_up", reference=card, amount=Decimal(800)),
        BalanceEntry(day=date(2026, 10, 21), kind="top_up", reference=card, amount=Decimal(250)),
        BalanceEntry(day=LAST, kind="consumption", amount=-consumption),
    )
    opening = Decimal("212.37")
    closing = opening + sum((entry.amount for entry in entries), Decimal(0))
    return Balance(opening=opening, entries=entries, closing=closing)


def subscription_fees() -> Document:
    """A custom subscription bought model by model, in Chinese."""
    lines = [
        fee_line(1, ("gpt-5", "GPT-5"), "199.00", ("O", "0")),
        fee_line(2, ("claude-sonnet-4-5", "Claude Sonnet 4.5"), "499.00", ("O", "0")),
    ]
    return document_of(
        lines,
        payment_mode="subscription",
        number="INV-2026-000005",
        buyer=LUMEN,
        buyer_reference="LUMEN",
        currency="USD",
        locale="zh_Hans_CN",
        zone="Asia/Shanghai",
    )


def credit_note() -> Document:
    """What a later version of rows gives back of the German invoice, discounts included."""
    return document_of(
        usage_lines("0.86430424", 2, ("S", "0.19"), models=MODELS[:3]),
        (Discount("Partner discount", Decimal("0.10")),),
        kind="credit_note",
        number="CN-2026-000001",
        status="settled",
        billing_month="2026-11",
        payment=PAYMENT.model_copy(update={"due_date": None, "reference": "CN-2026-000001"}),
        corrects_month="2026-10",
        corrects_number="INV-2026-000001",
        corrects_issue_date=date(2026, 11, 4),
        exchange=dollars_to("EUR", "0.86430424"),
    )


def fee_note(locale: str = "de_DE") -> Document:
    """What a change of plan gives back of a fee, for 5 of its 31 days."""
    fee = fee_line(1, ("", "Team"), "15.97", ("S", "0.19"))
    days = LineTerm(kind="days", name="", up_to_quantity=31, used_quantity=5)
    part = {"period_first_day": date(2026, 11, 4), "term": days}
    return document_of(
        [fee.model_copy(update=part)],
        kind="credit_note",
        payment_mode="subscription",
        number="CN-2026-000002",
        status="settled",
        billing_month="2026-11",
        period_first_day=date(2026, 11, 4),
        period_last_day=date(2026, 11, 8),
        payment=PAYMENT.model_copy(update={"due_date": None, "reference": "CN-2026-000002"}),
        corrects_month="2026-10",
        corrects_number="INV-2026-000005",
        corrects_issue_date=date(2026, 11, 4),
        locale=locale,
    )


def with_credits(locale: str = "de_DE") -> Document:
    """German enterprise with a coupon, a promotional credit, a minimum and two balances."""
    lines = usage_lines("0.86430424", 2, ("S", "0.19"), models=MODELS[:2])
    least = Line(
        number=len(lines) + 1,
        kind="true_up",
        description="Minimum spend, difference",
        service_month="2026-10",
        period_first_day=date(2026, 10, 17),
        period_last_day=LAST,
        quantity=1,
        unit_price=Decimal("150.00"),
        base_quantity=1,
        amount=Decimal("150.00"),
        tax_category="S",
        tax_rate=Decimal("0.19"),
    )
    fixed = (
        Fixed("coupon", "Willkommen", Decimal("25.00")),
        Fixed("promotional", "Herbstaktion", Decimal("10.00")),
    )
    credits_ = (
        credit("coupon", "Willkommen", "25.00", "25.00", "0.00", repeats="monthly"),
        credit("promotional", "Herbstaktion", "40.00", "10.00", "30.00", date(2026, 12, 31)),
        credit("committed", "Jahresvertrag", "100.00", "100.00", "0.00", date(2026, 11, 30)),
        credit("purchased", "Vorauszahlung", "20.00", "12.34", "7.66"),
    )
    return document_of(
        [*lines, least],
        (Discount("Partner discount", Decimal("0.10")),),
        fixed=fixed,
        prepaid=Decimal("112.34"),
        credits=credits_,
        number="INV-2026-000006",
        locale=locale,
    )


def with_maximum() -> Document:
    """American enterprise whose maximum spend caps what credits left."""
    lines = usage_lines("1", 2, ("O", "0"), models=MODELS[:2])
    return document_of(
        lines,
        fixed=(Fixed("maximum", "Maximum spend", Decimal("7.77")),),
        number="INV-2026-000007",
        buyer=COBALT,
        currency="USD",
        locale="en_US",
    )


def credit(
    kind: Any,
    name: str,
    available: str,
    used: str,
    left: str,
    last_day: date | None = None,
    *,
    repeats: Any = "once",
) -> Credit:
    """What a document used of one credit."""
    amounts = {"available": Decimal(available), "used": Decimal(used), "left": Decimal(left)}
    return Credit(kind=kind, name=name, repeats=repeats, last_day=last_day, **amounts)


def empty_invoice() -> Document:
    """Of a month without usage, for an organization that wants a document all the same."""
    return document_of((), number="INV-2026-000008")


def draft_of(document: Document) -> Document:
    """The same document before it was finalized."""
    changes: dict[str, Any] = {"number": "", "issued_at": None, "issue_date": None}
    return document.model_copy(
        update={
            **changes,
            "status": "draft",
            "payment": document.payment.model_copy(update={"due_date": None, "reference": ""}),
        }
    )


FACTORIES = (
    enterprise_euro,
    reverse_charge,
    out_of_scope,
    japanese_yen,
    prepaid_statement,
    subscription_fees,
    credit_note,
    fee_note,
    with_credits,
    with_maximum,
    top_up_invoice,
    top_up_note,
    top_up_receipt,
    balance_invoice,
    balance_note,
)
NO_INVOICES = (prepaid_statement, top_up_receipt)
INVOICES = tuple(factory for factory in FACTORIES if factory not in NO_INVOICES)
