"""Facts about bounds: days in force, terms over months, and which one counts."""

from datetime import date
from decimal import Decimal

import pytest

from billing.audit.catalog_rows import SpendTerm
from billing.audit.spend import Bound, bounds_of, maximum_of, minimum_of
from tests.billing.audit.engine import OCTOBER, spend_term

YEAR = {"period": "term", "valid_from": date(2026, 1, 1), "valid_to": date(2027, 1, 1)}


def only(term: SpendTerm, month: date = OCTOBER, digits: int = 2) -> Bound:
    (bound,) = bounds_of([term], month, {}, digits)
    return bound


@pytest.mark.parametrize(
    ("amount", "month", "valid_from", "valid_to", "committed"),
    [
        # whole months keep the whole amount, however long they are
        ("310", (2026, 10), (2026, 10, 1), (2026, 11, 1), 310_00),
        ("310", (2028, 2), (2026, 1, 1), (9999, 12, 31), 310_00),
        # 310 x 15 / 31 = 150
        ("310", (2026, 10), (2026, 10, 17), (9999, 12, 31), 150_00),
        # the last day alone: 310 x 1 / 31 = 10
        ("310", (2026, 10), (2026, 10, 31), (9999, 12, 31), 10_00),
        # an end that is exclusive: 1 to 16 October, 310 x 16 / 31 = 160
        ("310", (2026, 10), (2026, 1, 1), (2026, 10, 17), 160_00),
        # 100 x 15 / 28 = 53.5714...; a leap year has 29: 100 x 16 / 29 = 55.1724...
        ("100", (2026, 2), (2026, 2, 14), (9999, 12, 31), 53_57),
        ("100", (2028, 2), (2028, 2, 14), (9999, 12, 31), 55_17),
        # 0.01 x 15 / 30 is half a cent and rounds up
        ("0.01", (2026, 11), (2026, 11, 16), (9999, 12, 31), 1),
    ],
)
def test_a_monthly_bound_is_prorated_by_days(
    amount: str,
    month: tuple[int, int],
    valid_from: tuple[int, int, int],
    valid_to: tuple[int, int, int],
    committed: int,
) -> None:
    term = spend_term("minimum", amount, valid_from=date(*valid_from), valid_to=date(*valid_to))
    assert only(term, date(*month, 1)).committed == committed


def test_yen_are_prorated_to_whole_yen() -> None:
    # 1,000 x 15 / 31 = 483.87
    term = spend_term("minimum", "1000", valid_from=date(2026, 10, 17))
    assert only(term, digits=0).committed == 484


def test_a_bound_that_ended_or_has_not_begun_is_not_there() -> None:
    ended = spend_term("minimum", "1", valid_to=OCTOBER)
    begins = spend_term("minimum", "1", valid_from=date(2026, 11, 1))
    assert bounds_of([ended, begins], OCTOBER, {}, 2) == []


def test_a_commitment_of_a_year_is_due_in_the_month_of_its_last_day() -> None:
    term = spend_term("minimum", "1200", **YEAR)
    nets = {date(2025, 12, 1): Decimal(999), date(2026, 3, 1): Decimal("100.50")}
    (november,) = bounds_of([term], date(2026, 11, 1), nets, 2)
    (december,) = bounds_of([term], date(2026, 12, 1), nets, 2)
    assert (november.is_due, december.is_due) == (False, True)
    # what was billed before the term does not count: 1,200.00 - 100.50
    assert (december.committed, december.billed_before, december.target) == (
        1200_00,
        100_50,
        1099_50,
    )


def test_a_term_that_ends_within_a_month_is_due_in_it() -> None:
    term = spend_term("minimum", "1200", **{**YEAR, "valid_to": date(2026, 12, 16)})
    assert only(term, date(2026, 12, 1)).is_due


def test_a_maximum_of_a_year_is_held_against_every_month() -> None:
    assert only(spend_term("maximum", "1200", **YEAR)).is_due


def test_two_rows_of_one_month_make_one_bound() -> None:
    # 310 x 16 / 31 + 620 x 15 / 31 = 160 + 300
    change = date(2026, 10, 17)
    rows = [
        spend_term("minimum", "310", valid_to=change),
        spend_term("minimum", "620", spend_term_id="later", valid_from=change),
    ]
    least = minimum_of(bounds_of(rows, OCTOBER, {}, 2))
    assert least is not None
    assert (least.amount, len(least.bounds)) == (460_00, 2)


def test_the_higher_minimum_and_the_lower_maximum_count() -> None:
    rows = [
        spend_term("minimum", "100"),
        spend_term("maximum", "300"),
        spend_term("minimum", "90", **{**YEAR, "valid_to": date(2026, 11, 1)}),
        spend_term("maximum", "400", **YEAR),
    ]
    nets = {date(2026, 9, 1): Decimal("150.00")}
    bounds = bounds_of(rows, OCTOBER, nets, 2)
    least, most = minimum_of(bounds), maximum_of(bounds, outside=0)
    assert least is not None
    assert most is not None
    # of the term's 400 there are 250 left; its minimum was reached long ago
    assert (least.amount, most.amount) == (100_00, 250_00)
    # 40 used outside the monthly maximum come on top of it, not of the term's
    assert maximum_of(bounds, outside=40_00) == most
