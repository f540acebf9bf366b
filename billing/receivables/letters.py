"""What a reminder tells, and the letter that reminders raised together are told in.

Here: the rows of a letter as alerts keep them, and letters made of alerts alone: a payment that
comes later changes none that was recorded before. Keep out: which reminder is due (`reminding`),
and how a letter looks (`invoice_render`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from billing.books.alerts import Alert
from billing.books.documents import major
from billing.receivables.standing import OpenInvoice

Row = Mapping[str, Any]
"""What is told of one invoice; amounts and days of the calendar are texts."""
COLUMNS = (
    "number",
    "issue_date",
    "due_date",
    "days_overdue",
    "amount",
    "paid_or_credited",
    "open",
)


@dataclass(frozen=True)
class Letter:
    """What one customer is told at once: every overdue invoice of a seller and currency.

    `name` is that of its folder, `day` the customer's on which it was raised; `reminded` are the
    numbers whose turn it was, `rows` all that were overdue, the first due first.
    """

    organization_id: str
    name: str
    step: int
    day: date
    raised_at: datetime
    currency: str
    reminded: tuple[str, ...]
    rows: tuple[Row, ...]


def row_of(invoice: OpenInvoice) -> Row:
    """Word one overdue invoice: amount - paid_or_credited = open.

    What was paid, given back by notes or written off is one amount.
    """
    own = invoice.receivable
    taken_off = major(own.due_minor - own.open_minor, own.minor_digits)
    return {
        "number": own.number,
        "issue_date": f"{own.issue_date}",
        "due_date": f"{own.due_date}",
        "days_overdue": invoice.days_overdue,
        "amount": f"{own.amount('due'):f}",
        "paid_or_credited": f"{taken_off:f}",
        "open": f"{own.amount('open'):f}",
    }


def letters(alerts: Iterable[Alert]) -> list[Letter]:
    """The letters that these reminders are told in, in the order they were raised."""
    by_letter: dict[tuple[str, str], list[Alert]] = {}
    for alert in alerts:
        by_letter.setdefault((alert.organization_id, alert.payload["letter"]), []).append(alert)
    return [_letter(*key, together) for key, together in by_letter.items()]


def _letter(organization_id: str, name: str, alerts: Sequence[Alert]) -> Letter:
    told = alerts[0].payload
    rows = [{column: each.payload[column] for column in COLUMNS} for each in alerts]
    rows += told["also_overdue"]
    return Letter(
        organization_id,
        name,
        max(each.payload["step"] for each in alerts),
        date.fromisoformat(told["day"]),
        alerts[0].raised_at,
        told["currency"],
        tuple(sorted(each.crossing for each in alerts)),
        tuple(sorted(rows, key=lambda row: (row["due_date"], row["number"]))),
    )
