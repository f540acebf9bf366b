"""An example letter in each language: two overdue invoices, one of them paid in part.

Here: one factory. Keep out: documents (`factories`).
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from invoice_render.reminder import BankAccount, OverdueInvoice, Reminder
from tests.invoice_render.people import AURORA, SELLER

FIRST = OverdueInvoice(
    number="INV-2026-000001",
    issue_date=date(2026, 10, 5),
    due_date=date(2026, 11, 4),
    days_overdue=46,
    amount=Decimal("11241.78"),
    paid_or_credited=Decimal("1000.00"),
    open=Decimal("10241.78"),
)
SECOND = OverdueInvoice(
    number="INV-2026-000017",
    issue_date=date(2026, 11, 5),
    due_date=date(2026, 12, 5),
    days_overdue=15,
    amount=Decimal("59.50"),
    paid_or_credited=Decimal("0.00"),
    open=Decimal("59.50"),
)
ACCOUNT = BankAccount(
    account_name="AnyInt Europe GmbH",
    iban="DE89370400440532013000",
    bic="COBADEFFXXX",
    bank_name="Musterbank Berlin",
    reference="INV-2026-000001, INV-2026-000017",
)


def reminder(step: int = 1, locale: str = "de_DE", **changed: Any) -> Reminder:
    """A letter of 20 December: 10241.78 + 59.50 = 10301.28 are open."""
    fields: dict[str, Any] = {
        "step": step,
        "day": date(2026, 12, 20),
        "raised_at": datetime(2026, 12, 20, 6, 35, tzinfo=UTC),
        "currency": "EUR",
        "minor_digits": 2,
        "locale": locale,
        "seller": SELLER,
        "buyer": AURORA,
        "account": ACCOUNT,
        "invoices": (FIRST, SECOND),
        "total_open": Decimal("10301.28"),
    }
    return Reminder(**{**fields, **changed})
