"""Parts of periods as the second engine finds them, by hand: days, quarter hours and months."""

from dataclasses import replace
from datetime import datetime
from random import Random

import pytest

from billing.audit.catalog_rows import Subscription
from billing.audit.local_time import NEVER, NO_DAY, add_months, day_of, instant_of, local_day
from billing.audit.overage_parts import DAY, QUARTER_HOUR, Part, parts_of
from billing.audit.windows import Window

BERLIN = "Europe/Berlin"


def window(month: str) -> Window:
    first = day_of(f"{month}-01")
    at = datetime.combine(first, datetime.min.time())
    return Window("org", first, at, datetime.combine(add_months(first, 1), at.time()), -1, 9)


def sold(
    starts: str, ends: str = "", at: str = "", until: str = "", before: str = ""
) -> Subscription:
    """A plan from one local day to another, at instants where they are given."""
    return Subscription(
        f"from_{starts}{at}",
        "org",
        "plan",
        "studio",
        day_of(starts),
        day_of(ends),
        before,
        instant_of(at) if at else None,
        instant_of(until) if until else None,
    )


def told(part: Part) -> tuple[str, ...]:
    days = f"{part.days}/{part.length}"
    return (
        f"{part.first}",
        f"{part.last}",
        days,
        f"{part.counts_from:%m-%d %H:%M}",
        f"{part.counts_to:%m-%d %H:%M}",
    )


def counted(part: Part) -> dict[str, tuple[str, str]]:
    return {
        each.subscription_id: (
            f"{each.counts_from:%m-%d %H:%M}",
            f"{each.counts_to:%m-%d %H:%M}",
        )
        for each in part.counted
    }


@pytest.mark.parametrize(
    ("starts", "month", "expected"),
    [
        # In Berlin midnight is 23:00 UTC in winter and 22:00 in summer.
        ("2028-02-01", "2028-02", ("2028-02-01", "2028-02-29", "29/29", "01-31 23:00")),
        ("2026-11-01", "2026-11", ("2026-11-01", "2026-11-30", "30/30", "10-31 23:00")),
        ("2026-10-01", "2026-10", ("2026-10-01", "2026-10-31", "31/31", "09-30 22:00")),
        ("2026-01-31", "2026-02", ("2026-01-31", "2026-02-27", "28/28", "01-30 23:00")),
        ("2026-01-31", "2026-03", ("2026-02-28", "2026-03-30", "31/31", "02-27 23:00")),
    ],
)
def test_a_period_is_of_the_month_that_its_last_day_lies_in(
    starts: str, month: str, expected: tuple[str, ...]
) -> None:
    (part,) = parts_of([sold(starts)], BERLIN, window(month))
    assert told(part)[:4] == expected


def test_a_period_up_to_a_month_is_over_with_it_and_its_quarter_hours_are_whole() -> None:
    at = "2026-10-01T14:37:12Z"
    bought = [sold("2026-10-01", at=at)]
    assert list(parts_of(bought, "UTC", window("2026-10"))) == []
    (part,) = parts_of(bought, "UTC", window("2026-11"))
    assert told(part) == ("2026-10-01", "2026-10-31", "31/31", "10-01 14:30", "11-01 14:30")


def test_a_change_divides_the_days_and_an_end_leaves_them() -> None:
    at = "2026-11-20T14:37:00Z"
    old = sold("2026-11-15", "2026-11-20", until=at)
    new = sold("2026-11-20", "2026-11-30", at=at, before=old.subscription_id)
    first, second = parts_of([old, new], "UTC", window("2026-11"))
    assert told(first) == ("2026-11-15", "2026-11-19", "5/30", "11-15 00:00", "11-20 14:45")
    assert told(second) == ("2026-11-20", "2026-11-29", "25/30", "11-20 14:30", "11-30 00:00")
    (ended,) = parts_of([old], "UTC", window("2026-11"))
    assert told(ended) == ("2026-11-15", "2026-11-19", "30/30", "11-15 00:00", "11-20 14:45")


def test_an_end_at_the_first_midnight_of_a_month_is_of_that_month() -> None:
    """October may have been finalized before the end was written."""
    ended = [sold("2026-10-15", "2026-11-01")]
    assert list(parts_of(ended, BERLIN, window("2026-10"))) == []
    (part,) = parts_of(ended, BERLIN, window("2026-11"))
    assert told(part) == ("2026-10-15", "2026-10-31", "31/31", "10-14 22:00", "10-31 23:00")


def test_what_has_no_day_has_no_part_and_counts_with_who_has_the_day_at_its_end() -> None:
    at, later = "2026-11-20T14:37:00Z", "2026-11-20T16:00:00Z"
    old = sold("2026-11-15", "2026-11-20", until=at)
    between = sold("2026-11-20", "2026-11-20", at, later, old.subscription_id)
    back = sold("2026-11-20", "", at=later, before=between.subscription_id)
    parts = list(parts_of([old, between, back], "UTC", window("2026-11")))
    assert [part.own for part in parts] == [old]
    (rest,) = parts_of([old, between, back], "UTC", window("2026-12"))
    assert told(rest) == ("2026-11-20", "2026-12-14", "25/30", "11-20 16:00", "12-15 00:00")
    assert counted(rest) == {
        back.subscription_id: ("11-20 16:00", "12-15 00:00"),
        between.subscription_id: ("11-20 14:30", "11-20 16:00"),
    }


def test_who_changes_on_the_day_a_period_begins_has_none_of_it() -> None:
    """From 10:00 on the 5th the period is the next one's, also what the old one was used of it."""
    at = "2026-11-05T15:07:00Z"
    old = sold("2026-10-05", "2026-11-05", "2026-10-05T10:00:00Z", at)
    new = sold("2026-11-05", at=at, before=old.subscription_id)
    (first,) = parts_of([old, new], "UTC", window("2026-11"))
    assert told(first) == ("2026-10-05", "2026-11-04", "31/31", "10-05 10:00", "11-05 10:00")
    (second,) = parts_of([old, new], "UTC", window("2026-12"))
    assert told(second) == ("2026-11-05", "2026-12-04", "30/30", "11-05 15:00", "12-05 10:00")
    assert counted(second)[old.subscription_id] == ("11-05 10:00", "11-05 15:15")


def test_who_changes_before_a_period_begins_on_that_day_has_the_day() -> None:
    """The period begins at 10:00 on the 5th, the change is at 08:00: what is left is the new one's."""
    at = "2026-11-05T08:00:00Z"
    old = sold("2026-10-05", "2026-11-05", "2026-10-05T10:00:00Z", at)
    new = sold("2026-11-05", at=at, before=old.subscription_id)
    (first,) = parts_of([old, new], "UTC", window("2026-11"))
    assert counted(first) == {old.subscription_id: ("10-05 10:00", "11-05 08:00")}
    (second,) = parts_of([old, new], "UTC", window("2026-12"))
    assert told(second)[2:] == ("30/30", "11-05 08:00", "12-05 10:00")
    assert counted(second) == {new.subscription_id: ("11-05 08:00", "12-05 10:00")}


@pytest.mark.parametrize("seed", range(40))
def test_every_day_and_every_minute_of_changing_plans_counts_once(seed: int) -> None:
    draw = Random(seed)  # noqa: S311 - repeatable, not secret
    at = instant_of("2026-08-01T00:00:00Z") + QUARTER_HOUR * draw.randrange(3_000)
    chain: list[Subscription] = []
    for _ in range(draw.randrange(2, 9)):
        until = at + QUARTER_HOUR * draw.choice((1, 9, 40, 96, 1_000, 2_880, 2_976))
        before = chain[-1].subscription_id if chain else ""
        days = (local_day(at, BERLIN), local_day(until, BERLIN))
        chain.append(Subscription(f"{len(chain)}", "org", "plan", "p", *days, before, at, until))
        at = until
    chain[-1] = replace(chain[-1], ends=NO_DAY, ends_at=NEVER)
    months = [f"2026-{month:02d}" for month in range(8, 13)] + ["2027-01", "2027-02", "2027-03"]
    parts = [part for month in months for part in parts_of(chain, BERLIN, window(month))]
    stretches = sorted(
        (stretch.counts_from, stretch.counts_to) for part in parts for stretch in part.counted
    )
    assert stretches[0][0] == chain[0].starts_at
    assert [ends for _, ends in stretches[:-1]] == [begins for begins, _ in stretches[1:]]
    days = sorted((part.first, part.first + part.days * DAY) for part in parts)
    assert days[0][0] == chain[0].starts
    assert [end for _, end in days[:-1]] == [first for first, _ in days[1:]]


def test_of_an_hour_that_comes_twice_it_is_the_first() -> None:
    bought = [sold("2026-08-25", at="2026-08-25T00:30:00Z")]
    (part,) = parts_of(bought, BERLIN, window("2026-10"))
    assert told(part) == ("2026-09-25", "2026-10-24", "30/30", "09-25 00:30", "10-25 00:30")
    assert part.own.ends == NO_DAY


def test_who_bought_in_the_second_of_two_equal_hours_keeps_the_time_of_day() -> None:
    """01:30 UTC is 02:30 in Berlin again. 29 months on that hour is left out: it counts as 03:30."""
    bought = [sold("2025-10-26", at="2025-10-26T01:30:00Z")]
    (part,) = parts_of(bought, BERLIN, window("2028-04"))
    assert told(part)[3:] == ("03-26 01:30", "04-26 00:30")
