"""What the examples have in common around their lines.

Here: numbers, dates, payment terms, usage summary and exchange rate. Keep out: amounts.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from invoice_render.conversion import Exchange
from invoice_render.document import Line, MeterCount, PaymentTerms, UsageSummary
from tests.invoice_render.lines import FIRST, LAST
from tests.invoice_render.people import AURORA, SELLER

PAYMENT = PaymentTerms(
    due_date=date(2026, 12, 4),
    payment_days=30,
    account_name="AnyInt Europe GmbH",
    iban="DE89370400440532013000",
    bic="COBADEFFXXX",
    bank_name="Musterbank Berlin",
    reference="INV-2026-000001",
)
HEAD: dict[str, Any] = {
    "kind": "invoice",
    "payment_mode": "enterprise",
    "number": "INV-2026-000001",
    "issued_at": datetime(2026, 11, 4, 8, 30, tzinfo=UTC),
    "issue_date": date(2026, 11, 4),
    "billing_month": "2026-10",
    "period_first_day": FIRST,
    "period_last_day": LAST,
    "zone": "Europe/Berlin",
    "currency": "EUR",
    "locale": "de_DE",
    "seller": SELLER,
    "buyer": AURORA,
    "buyer_reference": "AUR-4500012",
    "payment": PAYMENT,
    "status": "open",
}


def summary_of(lines: Iterable[Line]) -> UsageSummary:
    """Requests and meters that fit the lines."""
    meters: dict[str, int] = {}
    for line in lines:
        if line.kind == "usage":
            meters[line.meter] = meters.get(line.meter, 0) + line.quantity
    return UsageSummary(
        requests=48_213,
        requests_billed=46_900,
        not_billed=(
            MeterCount(meter="upstream_error", quantity=812),
            MeterCount(meter="rate_limited", quantity=301),
            MeterCount(meter="byok", quantity=200),
        ),
        meters=tuple(MeterCount(meter=meter, quantity=count) for meter, count in meters.items()),
    )


def dollars_to(currency: str, rate: str) -> Exchange:
    """The rate that turned dollar list prices into the document's currency."""
    return Exchange(
        base_currency="USD",
        quote_currency=currency,
        rate=Decimal(rate),
        rate_date=date(2026, 10, 30),
        source="ECB",
    )
