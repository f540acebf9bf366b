"""How an invoice stands on a day: its status, how long it is overdue, and its age in a list.

Here: the words, and which goes before which. Keep out: amounts, which the books add up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from billing.books.documents import major
from billing.books.receivable_accounts import on_account
from billing.books.receivables import Receivable, receivables
from billing.money import minor_digits

STATUSES = ("open", "partly_paid", "overdue", "paid", "credited", "written_off", "settled")
AGES = ((0, "not_due"), (30, "1_to_30"), (60, "31_to_60"), (90, "61_to_90"))
OLDEST = "over_90"


@dataclass(frozen=True)
class OpenInvoice:
    """An invoice with something open, on one day of its customer's calendar."""

    receivable: Receivable
    status: str
    days_overdue: int

    @property
    def age(self) -> str:
        """The column of an aging list: `not_due`, `1_to_30`, ..., `over_90` days overdue."""
        return next((name for days, name in AGES if self.days_overdue <= days), OLDEST)


@dataclass(frozen=True)
class Account:
    """One customer in one currency: what is open, by age, and what it has on account."""

    organization_id: str
    currency: str
    open: Decimal
    by_age: dict[str, Decimal]
    on_account: Decimal


def status_of(receivable: Receivable | None, now: datetime) -> str:
    """Say how a document stands; one on which nothing was ever to be paid, no receivable, is settled.

    Overdue goes before partly paid; written off is what money did not settle in full.
    """
    if receivable is None:
        return "settled"
    if receivable.credited_minor >= receivable.total_minor:
        return "credited"
    if not receivable.open_minor:
        is_paid = receivable.paid_minor >= receivable.owed_minor
        return "paid" if is_paid else "written_off"
    if days_overdue(receivable, now):
        return "overdue"
    return "partly_paid" if receivable.paid_minor else "open"


def days_overdue(receivable: Receivable, now: datetime) -> int:
    """Return how many days its due date is past, on the customer's calendar; 0 until it is."""
    return max(0, (_today(receivable.zone, now) - receivable.due_date).days)


def open_invoices(
    connection: Connection, now: datetime, organization_id: str | None = None
) -> list[OpenInvoice]:
    """Every invoice of which something is open, the first due first."""
    return [
        OpenInvoice(each, status_of(each, now), days_overdue(each, now))
        for each in receivables(connection, organization_id)
        if each.open_minor
    ]


def accounts(
    connection: Connection, now: datetime, organization_id: str | None = None
) -> list[Account]:
    """Each customer and currency with what is open by age, or something on account."""
    everything = receivables(connection, organization_id)
    there = on_account(connection, organization_id)
    found: dict[tuple[str, str], list[Receivable]] = {key: [] for key in there}
    for each in everything:
        found.setdefault((each.organization_id, each.currency), []).append(each)
    rows = [_account(key, own, there.get(key, 0), now) for key, own in sorted(found.items())]
    return [each for each in rows if each.open or each.on_account]


def _account(key: tuple[str, str], own: Sequence[Receivable], there: int, now: datetime) -> Account:
    digits = minor_digits(key[1])
    ages = dict.fromkeys((*(name for _, name in AGES), OLDEST), 0)
    for each in own:
        ages[OpenInvoice(each, "", days_overdue(each, now)).age] += each.open_minor
    return Account(
        *key,
        major(sum(ages.values()), digits),
        {name: major(minor, digits) for name, minor in ages.items()},
        major(there + sum(each.excess_minor for each in own), digits),
    )


def _today(zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(zone)).date()
