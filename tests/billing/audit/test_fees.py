"""Fees of subscriptions that were changed, by hand: days, rounding, and what is given back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.audit.catalog_rows import CatalogFiles, Subscription
from billing.audit.fees import fees_of
from billing.audit.local_time import NO_DAY, add_months
from tests.billing.audit.engine import STANDARD
from tests.billing.audit.test_rules import _files

Told = tuple[str, date, date, Decimal]
FEES = {"small": Decimal("20.00"), "large": Decimal("99.00"), "odd": Decimal("0.07")}


def files() -> CatalogFiles:
    return _files(plan_fees=FEES)


def sold(*changes: tuple[date, str], ends: date = NO_DAY) -> list[Subscription]:
    """One subscription after another: (first day, plan), each changed into the next."""
    rows = []
    for place, (starts, plan) in enumerate(changes):
        end = changes[place + 1][0] if place + 1 < len(changes) else ends
        before = f"s{place - 1}" if place else ""
        rows.append(Subscription(f"s{place}", "org", "plan", plan, starts, end, before))
    return rows


def of_month(bought: list[Subscription], month: date) -> dict[date, list[Told]]:
    """What a month charges, and of earlier months what it gives back, by the month that charged."""
    found = fees_of(files(), bought, month, lambda _: STANDARD, 2)
    return {
        charged_in: [
            (line.key.plan_id, line.key.period_first_date, line.period_last_date, line.exact)
            for line in lines
        ]
        for charged_in, lines in found.items()
    }


@pytest.mark.parametrize(
    ("starts", "changed", "last", "old", "new"),
    [
        # 28 days, 10 and 18: 99 x 10 / 28 = 35.357, 20 x 18 / 28 = 12.857.
        (date(2026, 2, 1), date(2026, 2, 11), date(2026, 2, 28), "35.36", "12.86"),
        # 29 days, 10 and 19: 34.137..., 13.103...
        (date(2028, 2, 1), date(2028, 2, 11), date(2028, 2, 29), "34.14", "13.10"),
        # 30 days, 10 and 20: 33.00, 13.333...
        (date(2026, 4, 1), date(2026, 4, 11), date(2026, 4, 30), "33.00", "13.33"),
        # 31 days, 10 and 21: 31.935..., 13.548...
        (date(2026, 3, 1), date(2026, 3, 11), date(2026, 3, 31), "31.94", "13.55"),
        # From 31 January a period has 28 days: 31 January to 27 February; 1 and 27.
        (date(2026, 1, 30), date(2026, 1, 31), date(2026, 2, 27), "3.41", "19.31"),
        # In Berlin 25 October has 25 hours and is one day: 15 October to 14 November, 10 and 21.
        (date(2026, 10, 15), date(2026, 10, 25), date(2026, 11, 14), "31.94", "13.55"),
    ],
)
def test_a_change_in_the_month_that_charges_splits_the_fee_by_days(
    starts: date, changed: date, last: date, old: str, new: str
) -> None:
    month = starts.replace(day=1)
    assert of_month(sold((starts, "large"), (changed, "small")), month) == {
        month: [
            ("large", starts, changed - timedelta(days=1), Decimal(old)),
            ("small", changed, last, Decimal(new)),
        ]
    }


def test_a_change_in_the_next_month_gives_back_what_was_charged_less_what_stays() -> None:
    """20 October to 19 November, 17 of 31 days: 54.29 stay. The new one: 14 days, then a period."""
    bought = sold((date(2026, 8, 20), "large"), (date(2026, 11, 6), "small"))
    october, november = date(2026, 10, 1), date(2026, 11, 1)
    whole = ("large", date(2026, 10, 20), date(2026, 11, 19), Decimal("99.00"))
    assert of_month(bought, october) == {october: [whole]}
    assert of_month(bought, november) == {
        november: [
            ("small", date(2026, 11, 6), date(2026, 11, 19), Decimal("9.03")),
            ("small", date(2026, 11, 20), date(2026, 12, 19), Decimal("20.00")),
        ],
        october: [("large", date(2026, 11, 6), date(2026, 11, 19), Decimal("44.71"))],
    }


def test_an_upgrade_in_the_next_month_is_not_netted_either() -> None:
    bought = sold((date(2026, 8, 20), "small"), (date(2026, 11, 6), "large"))
    told = of_month(bought, date(2026, 11, 1))
    # 20 x 17 / 31 = 10.967... stay, 9.03 back; 99 x 14 / 31 = 44.709...
    assert told[date(2026, 10, 1)][0][3] == Decimal("9.03")
    assert told[date(2026, 11, 1)][0][3] == Decimal("44.71")


def test_two_changes_in_the_next_month_give_back_once() -> None:
    bought = sold(
        (date(2026, 8, 20), "small"), (date(2026, 11, 6), "large"), (date(2026, 11, 10), "small")
    )
    told = of_month(bought, date(2026, 11, 1))
    assert [line[3] for line in told[date(2026, 10, 1)]] == [Decimal("9.03")]
    # Large has 4 of 31 days: 12.774...; small the other 10: 6.451..., then a whole period.
    amounts = [line[3] for line in told[date(2026, 11, 1)]]
    assert amounts == [Decimal("12.77"), Decimal("6.45"), Decimal("20.00")]


def test_a_change_on_the_first_day_of_a_period_charges_the_new_one_whole() -> None:
    bought = sold((date(2026, 8, 15), "large"), (date(2026, 11, 15), "small"))
    november = date(2026, 11, 1)
    assert of_month(bought, november) == {
        november: [("small", date(2026, 11, 15), date(2026, 12, 14), Decimal("20.00"))]
    }


def test_a_change_on_the_last_day_leaves_one_day() -> None:
    bought = sold((date(2026, 8, 15), "large"), (date(2026, 11, 14), "small"))
    told = of_month(bought, date(2026, 11, 1))
    # 15 October to 14 November: 30 of 31 days stay, 95.806... -> 95.81; 3.19 back; 20 / 31 = 0.645.
    last = date(2026, 11, 14)
    assert told[date(2026, 10, 1)] == [("large", last, last, Decimal("3.19"))]
    assert told[date(2026, 11, 1)][0] == ("small", last, last, Decimal("0.65"))


def test_up_and_down_on_one_day_leaves_two_parts_of_the_same_plan() -> None:
    day = date(2026, 11, 11)
    bought = sold((date(2026, 11, 1), "small"), (day, "large"), (day, "small"))
    told = of_month(bought, date(2026, 11, 1))[date(2026, 11, 1)]
    # 10 and 20 of 30 days: 6.67 and 13.33, together the fee.
    assert [(line[0], line[3]) for line in told] == [
        ("small", Decimal("6.67")),
        ("small", Decimal("13.33")),
    ]


def test_what_was_changed_and_then_cancelled_keeps_its_fee() -> None:
    bought = sold(
        (date(2026, 10, 15), "large"), (date(2026, 11, 1), "small"), ends=date(2026, 11, 9)
    )
    told = of_month(bought, date(2026, 11, 1))
    # Charged for 14 of 31 days though shown up to the 8th: a cancelled fee stays.
    assert told[date(2026, 11, 1)] == [
        ("small", date(2026, 11, 1), date(2026, 11, 8), Decimal("9.03"))
    ]


def test_a_difference_of_less_than_half_a_minor_unit_is_no_line() -> None:
    # 0.07 for 30 of 31 days is 0.0677: nothing is given back of 0.07.
    bought = sold((date(2026, 8, 15), "odd"), (date(2026, 11, 14), "small"))
    assert date(2026, 10, 1) not in of_month(bought, date(2026, 11, 1))


@given(
    starts=st.dates(date(2025, 12, 25), date(2026, 2, 5)),
    gaps=st.lists(st.integers(0, 70), max_size=5),
    plans=st.lists(st.sampled_from(sorted(FEES)), min_size=6, max_size=6),
)
def test_whenever_it_is_changed_each_day_is_paid_once(
    starts: date, gaps: list[int], plans: list[str]
) -> None:
    """Charged less given back is, for each subscription and period, its days of the fee."""
    days = [starts]
    for gap in gaps:
        days.append(days[-1] + timedelta(days=gap))
    bought = sold(*zip(days, plans, strict=False))
    paid: dict[tuple[str, date], Decimal] = {}
    for number in range(16):
        month = add_months(date(2025, 12, 1), number)
        for charged_in, lines in fees_of(files(), bought, month, lambda _: STANDARD, 2).items():
            sign = 1 if charged_in == month else -1
            for line in lines:
                first = line.key.period_first_date
                owner = next(row for row in bought if _has(row, first, charged_in != month))
                place = (owner.subscription_id, _period(starts, first))
                paid[place] = paid.get(place, Decimal(0)) + sign * line.exact
    for row in bought:
        for number in range(12):
            begins, ends = add_months(starts, number), add_months(starts, number + 1)
            length = (ends - begins).days
            own = max((min(ends, row.ends) - max(begins, row.starts)).days, 0)
            minor = (2 * int(FEES[row.plan_id] * 100) * own + length) // (2 * length)
            assert paid.get((row.subscription_id, begins), Decimal(0)) == Decimal(minor) / 100


def _has(row: Subscription, day: date, is_given_back: bool) -> bool:
    """Whether a line that begins on a day is this subscription's: given back from its end on."""
    if is_given_back:
        return row.ends == day and row.starts < day
    return row.starts <= day < row.ends


def _period(starts: date, day: date) -> date:
    passed = (day.year - starts.year) * 12 + day.month - starts.month
    begins = add_months(starts, passed)
    return begins if begins <= day else add_months(starts, passed - 1)
