"""Which overdue invoices are reminded of, each step of each once.

Here: what is due, and the one function that records it (`raise_reminders`). Decision 68 has the
rule. Keep out: the letters that tell of it (`letters`), and who delivers them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import Connection

from billing.books import Books
from billing.books.alerts import Alert, record_alerts, recorded_alerts
from billing.boundaries import reached
from billing.clock import Clock
from billing.receivables.letters import Row, row_of
from billing.receivables.standing import OpenInvoice, open_invoices

PAYMENT_REMINDER = "payment_reminder"
KINDS = (PAYMENT_REMINDER,)
"""The kinds of alerts that are raised on invoices."""


@dataclass(frozen=True)
class Step:
    """From so many days after the due date on, an invoice is reminded of for the n-th time."""

    step: int
    days_after_due: int


Steps = Mapping[str, Sequence[Step]]
"""The steps of each seller, the last one first."""


def steps_of(table: pl.DataFrame) -> Steps:
    """Return the steps that the catalog's reminder_steps name."""
    steps: dict[str, list[Step]] = {}
    rows = table.sort("step", descending=True).select("seller_id", "step", "days_after_due")
    for seller_id, step, days in rows.iter_rows():
        steps.setdefault(seller_id, []).append(Step(step, days))
    return steps


def raise_reminders(
    books: Books, steps: Steps, clock: Clock, organization_id: str | None = None
) -> list[Alert]:
    """Record every reminder that is due, or one organization's; returns what is new.

    Looking and recording is one transaction that has the books to itself, which is begun only
    where something is due.
    """
    now = clock.now()
    with books.reading() as reading:
        if not due_reminders(reading, steps, now, organization_id):
            return []
    with books.writing() as writing:
        raised = record_alerts(writing, due_reminders(writing, steps, now, organization_id))
        reached("alert.before_commit")
    reached("alert.after_commit")
    return raised


def due_reminders(
    connection: Connection, steps: Steps, now: datetime, organization_id: str | None = None
) -> list[Alert]:
    """What is to be reminded of now: of each invoice the highest step that was not raised yet."""
    before = recorded_alerts(connection, organization_id, KINDS)
    told = _highest_steps(before)
    taken = {(each.organization_id, each.payload["letter"]) for each in before}
    found: list[Alert] = []
    for (organization, currency, seller_id), together in _overdue(
        open_invoices(connection, now, organization_id)
    ):
        due = {
            each.receivable.number: step
            for each in together
            for step in _next_step(each, steps.get(seller_id, ()), told)
        }
        if not due:
            continue
        day = now.astimezone(ZoneInfo(together[-1].receivable.zone)).date()
        plain = f"reminder-{day}-{max(each.step for each in due.values())}"
        name = next(each for each in _names(plain, currency) if (organization, each) not in taken)
        taken.add((organization, name))
        found += _alerts(together, due, {"letter": name, "day": f"{day}"}, now)
    return found


def _highest_steps(alerts: Iterable[Alert]) -> dict[str, int]:
    """Number of an invoice to the highest step that was raised for it."""
    highest: dict[str, int] = {}
    for each in alerts:
        highest[each.crossing] = max(highest.get(each.crossing, 0), each.payload["step"])
    return highest


def _overdue(
    invoices: Iterable[OpenInvoice],
) -> list[tuple[tuple[str, str, str], list[OpenInvoice]]]:
    """What is told in one letter: overdue invoices by organization, currency and seller."""
    found: dict[tuple[str, str, str], list[OpenInvoice]] = {}
    for each in invoices:
        own = each.receivable
        if each.days_overdue:
            key = (own.organization_id, own.currency, own.seller_id)
            found.setdefault(key, []).append(each)
    return sorted(found.items(), key=lambda each: each[0])


def _next_step(
    invoice: OpenInvoice, steps: Sequence[Step], told: Mapping[str, int]
) -> Iterator[Step]:
    """Yield the highest step whose days have passed, if it is higher than what was told."""
    passed = (step for step in steps if step.days_after_due <= invoice.days_overdue)
    highest = next(passed, None)
    if highest is not None and highest.step > told.get(invoice.receivable.number, 0):
        yield highest


def _names(plain: str, currency: str) -> Iterator[str]:
    """Names of a letter: by day and step, and longer ones where another has that name."""
    yield plain
    yield f"{plain}-{currency}"
    yield from (f"{plain}-{currency}-{place}" for place in count(2))


def _alerts(
    together: Sequence[OpenInvoice], due: Mapping[str, Step], letter: Row, now: datetime
) -> Iterator[Alert]:
    """Word the reminders of one letter; each holds what the letter says of the others too."""
    also = [row_of(each) for each in together if each.receivable.number not in due]
    for each in together:
        own = each.receivable
        step = due.get(own.number)
        if step is None:
            continue
        told = {"step": step.step, "currency": own.currency, "seller_id": own.seller_id}
        yield Alert(
            PAYMENT_REMINDER,
            own.organization_id,
            "organization",
            own.organization_id,
            f"{step.step}",
            f"{step.days_after_due}",
            own.number,
            now,
            now,
            {**row_of(each), **told, **letter, "also_overdue": also},
        )
