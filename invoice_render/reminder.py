"""The frozen letter that reminds a customer of overdue invoices.

Here: the already-rounded model that feeds every form of it, and whether its sums hold. Every
field may be shown to the customer: this is the allow-list. Keep out: fees and interest, whose law
differs by country, and which invoices are reminded of.
"""

from datetime import date, datetime
from decimal import Decimal

from pydantic import Field

from invoice_render.formatting import minor
from invoice_render.frozen import Frozen, Number
from invoice_render.party import Party

SCHEMA_VERSION = 1


class BankAccount(Frozen):
    """Where to transfer what is owed, and what to quote; empty where the invoices name none."""

    account_name: str = ""
    iban: str = ""
    bic: str = ""
    bank_name: str = ""
    reference: str = ""


class OverdueInvoice(Frozen):
    """One invoice: amount - paid_or_credited = open, in the letter's currency."""

    number: str
    issue_date: date
    due_date: date
    days_overdue: int
    amount: Number
    paid_or_credited: Number
    open: Number


class Reminder(Frozen):
    """A letter of step 1 (friendly), 2 (firm), 3 or above (last); as of `day` in the customer's zone."""

    schema_version: int = SCHEMA_VERSION
    step: int = Field(ge=1)
    day: date
    raised_at: datetime
    currency: str
    minor_digits: int
    locale: str
    seller: Party
    buyer: Party
    account: BankAccount
    invoices: tuple[OverdueInvoice, ...]
    total_open: Number


def violations(reminder: Reminder) -> tuple[str, ...]:
    """What does not hold: each invoice's own sum, something open of each, and their total."""
    digits, found = reminder.minor_digits, []
    for each in reminder.invoices:
        for amount in (each.amount, each.paid_or_credited, each.open):
            minor(amount, digits)
        if each.amount - each.paid_or_credited != each.open:
            found.append(
                f"{each.number}: amount less what was paid or credited is not what is open"
            )
        if each.open <= 0 or each.paid_or_credited < 0 or each.days_overdue < 1:
            found.append(f"{each.number}: nothing of it is overdue")
    if sum((each.open for each in reminder.invoices), Decimal(0)) != reminder.total_open:
        found.append("the total open is not the sum of the invoices")
    return tuple(found) if reminder.invoices else ("it names no invoice",)
