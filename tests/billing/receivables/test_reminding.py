"""Who is reminded of what on which day: each step of each invoice once, of what is open then.

The invoices are due on 5 December unless said otherwise, so step 1 is due from 12 December on,
step 2 from 26 December, step 3 from 9 January.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from billing.books import Books
from billing.books.alerts import Alert, recorded_alerts
from billing.clock import Clock
from billing.receivables.paying import pay
from billing.receivables.reminding import (
    PAYMENT_REMINDER,
    Step,
    due_reminders,
    raise_reminders,
    steps_of,
)
from billing.receivables.undoing import reverse, write_off
from tests.billing.receivables.invoices import NOW, OCTOBER, file

AURORA = "org_aurora"
STEPS = {"anyint_eu": (Step(3, 35), Step(2, 21), Step(1, 7))}
SECOND = timedelta(seconds=1)


def on(day: int, month: int = 12, year: int = 2026) -> datetime:
    """Noon in UTC, which is the same day in Berlin."""
    return datetime(year, month, day, 12, tzinfo=UTC)


def raised(books: Books, at: datetime, organization_id: str | None = None) -> list[Alert]:
    return raise_reminders(books, STEPS, Clock(at), organization_id)


def told(alerts: Sequence[Alert]) -> list[tuple[str, int]]:
    return [(each.crossing, each.payload["step"]) for each in alerts]


def test_steps_are_those_of_the_catalog_the_last_first() -> None:
    table = pl.DataFrame(
        [("a", "anyint_eu", 1, 7), ("b", "other", 1, 30), ("c", "anyint_eu", 2, 21)],
        schema=["reminder_step_id", "seller_id", "step", "days_after_due"],
        orient="row",
    )
    assert steps_of(table) == {"anyint_eu": [Step(2, 21), Step(1, 7)], "other": [Step(1, 30)]}


@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("Europe/Berlin", datetime(2026, 12, 11, 23, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2026, 12, 11, 15, tzinfo=UTC)),
        ("Pacific/Honolulu", datetime(2026, 12, 12, 10, tzinfo=UTC)),
    ],
)
def test_a_step_is_due_when_the_customers_own_day_begins(
    books: Books, zone: str, begins: datetime
) -> None:
    number = file(books, 3_000, zone=zone)
    assert raised(books, begins - SECOND) == []
    (alert,) = raised(books, begins)
    assert (alert.crossing, alert.payload["days_overdue"]) == (number, 7)
    assert alert.payload["letter"] == "reminder-2026-12-12-1"


def test_each_step_is_raised_once_however_often_somebody_looks(books: Books) -> None:
    file(books, 3_000)
    days = [(day, raised(books, on(5) + timedelta(day, hours))) for day in range(60)
            for hours in (0, 0.1)]  # fmt: skip
    assert [(day, told(found)[0][1]) for day, found in days if found] == [(7, 1), (21, 2), (35, 3)]
    with books.reading() as connection:
        assert len(recorded_alerts(connection, AURORA, (PAYMENT_REMINDER,))) == 3


def test_who_is_looked_at_late_gets_the_highest_step_and_none_below_it(books: Books) -> None:
    number = file(books, 3_000)
    assert told(raised(books, on(30))) == [(number, 2)]
    assert raised(books, on(31)) == []
    assert told(raised(books, on(9, 1, 2027))) == [(number, 3)]


def test_a_reminder_tells_what_is_open_and_what_became_of_the_rest(books: Books) -> None:
    """30.00 less a note of 5.00, 10.00 paid and 2.50 given up: 12.50 are open."""
    number = file(books, 3_000)
    file(books, 500, corrects=number, month=OCTOBER.next)
    pay(books, NOW, "Ada", AURORA, "10", "wire")
    write_off(books, NOW, "Ada", number, "Rounded.", amount="2.50")
    (alert,) = raised(books, on(20))
    assert (alert.alert_kind, alert.subject_kind, alert.subject_id, alert.rule_id, alert.threshold) == (
        "payment_reminder", "organization", AURORA, "1", "7",
    )  # fmt: skip
    assert alert.payload == {
        "number": number,
        "issue_date": "2026-11-05",
        "due_date": "2026-12-05",
        "days_overdue": 15,
        "amount": "30.00",
        "paid_or_credited": "17.50",
        "open": "12.50",
        "step": 1,
        "currency": "EUR",
        "seller_id": "anyint_eu",
        "letter": "reminder-2026-12-20-1",
        "day": "2026-12-20",
        "also_overdue": [],
    }
    with books.reading() as connection:
        assert recorded_alerts(connection) == [alert]


@pytest.mark.parametrize("how", ["paid", "credited", "written off"])
def test_nobody_is_reminded_of_what_is_settled(books: Books, how: str) -> None:
    number = file(books, 3_000)
    assert told(raised(books, on(12))) == [(number, 1)]
    if how == "paid":
        pay(books, NOW, "Ada", AURORA, "30", "wire")
    elif how == "credited":
        file(books, 3_000, corrects=number, month=OCTOBER.next)
    else:
        write_off(books, NOW, "Ada", number, "Insolvent.")
    assert raised(books, on(30)) == []


def test_a_payment_that_bounced_repeats_no_step_and_stops_no_later_one(books: Books) -> None:
    number = file(books, 3_000)
    raised(books, on(12))
    pay(books, NOW, "Ada", AURORA, "30", "wire")
    reverse(books, NOW, "Ada", AURORA, "wire", "Returned by the bank.")
    assert raised(books, on(20)) == []
    assert told(raised(books, on(26))) == [(number, 2)]


def test_what_is_raised_together_is_one_letter_of_all_that_is_overdue(books: Books) -> None:
    """On 26 December the third is five days overdue and not due at any step."""
    first = file(books, 100)
    second = file(books, 200, "2026-12-19", month=OCTOBER.next)
    third = file(books, 400, "2026-12-21", month=OCTOBER.shift(2))
    file(books, 800, "2026-12-26", month=OCTOBER.shift(3))
    found = raised(books, on(26))
    assert told(found) == [(first, 2), (second, 1)]
    for each in found:
        assert each.payload["letter"] == "reminder-2026-12-26-2"
        assert [row["number"] for row in each.payload["also_overdue"]] == [third]
        assert each.payload["also_overdue"][0]["open"] == "4.00"


def test_currencies_sellers_and_customers_have_letters_of_their_own(books: Books) -> None:
    file(books, 100)
    file(books, 200, currency="USD", month=OCTOBER.next)
    file(books, 300, seller=("anyint_us", 2025), month=OCTOBER.shift(2))
    file(books, 400, organization_id="org_other")
    file(books, 500, seller=("silent", 2024), organization_id="org_other", month=OCTOBER.next)
    both = {**STEPS, "anyint_us": (Step(1, 7),)}
    found = raise_reminders(books, both, Clock(on(12)))
    assert [(each.organization_id, each.payload["open"], each.payload["letter"]) for each in found] == [
        (AURORA, "1.00", "reminder-2026-12-12-1"),
        (AURORA, "3.00", "reminder-2026-12-12-1-EUR"),
        (AURORA, "2.00", "reminder-2026-12-12-1-USD"),
        ("org_other", "4.00", "reminder-2026-12-12-1"),
    ]  # fmt: skip


def test_a_second_letter_of_a_day_and_step_has_a_name_of_its_own(books: Books) -> None:
    file(books, 3_000)
    raised(books, on(12))
    names = []
    for place in (1, 2, 3):
        file(books, 3_000, month=OCTOBER.shift(place))
        names += [each.payload["letter"] for each in raised(books, on(12))]
    assert names == [f"reminder-2026-12-12-1-EUR{ending}" for ending in ("", "-2", "-3")]


def test_one_customer_may_be_reminded_alone(books: Books) -> None:
    file(books, 3_000)
    number = file(books, 3_000, organization_id="org_other")
    assert told(raised(books, on(12), "org_other")) == [(number, 1)]
    assert [each.organization_id for each in raised(books, on(12))] == [AURORA]


def test_steps_that_are_changed_hold_from_then_on(books: Books) -> None:
    number = file(books, 3_000)
    raised(books, on(12))
    earlier = {"anyint_eu": (Step(2, 8), Step(1, 1))}
    assert told(raise_reminders(books, earlier, Clock(on(13)))) == [(number, 2)]
    assert raised(books, on(30)) == []
    assert told(raised(books, on(9, 1, 2027))) == [(number, 3)]


def test_looking_records_nothing(books: Books) -> None:
    number = file(books, 3_000)
    with books.reading() as connection:
        assert told(due_reminders(connection, STEPS, on(12))) == [(number, 1)]
        assert recorded_alerts(connection) == []
    assert told(raised(books, on(12))) == [(number, 1)]
    with books.reading() as connection:
        assert due_reminders(connection, STEPS, on(12)) == []


def test_without_steps_nobody_is_reminded(books: Books) -> None:
    file(books, 3_000)
    assert raise_reminders(books, {}, Clock(on(30))) == []
