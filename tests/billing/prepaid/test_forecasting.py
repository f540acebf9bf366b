"""How fast a balance is used: numbers worked by hand, and laws that hold for any history."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.prepaid.forecasting import Burn, LotLeft

EVEN = Burn([1.0] * 24 * 10)


def test_even_use_goes_on_evenly() -> None:
    assert EVEN.expected(24) == pytest.approx(24)
    assert EVEN.expected(24 * 100) == pytest.approx(2_400)
    assert EVEN.lasts(48, pessimistic=False) == pytest.approx(48)
    assert EVEN.lasts(0.25, pessimistic=False) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("lots", "hours"),
    [
        pytest.param([(10, None)], 10, id="without an end"),
        pytest.param([(10, 5), (100, None)], 105, id="5 of the first are lost"),
        pytest.param([(4, 5), (100, None)], 104, id="used before its end"),
        pytest.param([(100, None), (10, 5)], 100, id="drawn on last and lost whole"),
        pytest.param([(10, 5.5)], 5.5, id="nothing is left after the end"),
        pytest.param([(2, 10), (10, 5), (20, None)], 25, id="2 used, then 3, 7 lost, 20 left"),
        pytest.param([(9, 3), (9, 6), (9, None)], 15, id="one end after the other"),
        pytest.param([(5, -1), (8, None)], 8, id="ended already"),
        pytest.param([], 0, id="none"),
    ],
)
def test_what_a_lot_still_holds_at_its_end_is_lost(
    lots: list[tuple[float, float | None]], hours: float
) -> None:
    left = [LotLeft(amount, ends) for amount, ends in lots]
    assert EVEN.outlasts(left, pessimistic=False) == pytest.approx(hours, abs=1e-6)


def test_lots_without_ends_last_as_long_as_their_sum() -> None:
    left = [LotLeft(30), LotLeft(18)]
    assert EVEN.outlasts(left, pessimistic=True) == EVEN.lasts(48, pessimistic=True)


def test_even_days_are_trusted_as_far_as_ten_of_them_can_be() -> None:
    """(10 x 0 + 2 x 1) / 12; a day ahead e^(1.8 / 6) = 1.3499 times the expected at most."""
    assert EVEN.unevenness == pytest.approx(1 / 6)
    assert EVEN.pessimistic(24) == pytest.approx(24 * 1.3499, rel=1e-4)


def test_caution_grows_for_two_weeks() -> None:
    """7 days: 7^0.25 = 1.6266; 14 days: 14^0.25 = 1.9343, and no more after that."""
    sixth = 1.8 / 6
    assert EVEN.pessimistic(7 * 24) == pytest.approx(168 * math.exp(sixth * 1.6266), rel=1e-4)
    assert EVEN.pessimistic(14 * 24) == pytest.approx(336 * math.exp(sixth * 1.9343), rel=1e-4)
    assert EVEN.pessimistic(70 * 24) == pytest.approx(1680 * math.exp(sixth * 1.9343), rel=1e-4)


def test_an_hour_of_the_day_keeps_its_share() -> None:
    """One day, all 24 of it in its sixth hour, counted with three even days.

    Each hour has 3/96 of a day (0.75), the sixth 27/96 (6.75): 12 are used after eight hours,
    5 x 0.75 + 6.75 + 2 x 0.75.
    """
    peak = Burn([24.0 if hour == 5 else 0.0 for hour in range(24)])
    assert peak.lasts(12, pessimistic=False) == pytest.approx(8)
    assert peak.expected(24) == pytest.approx(24)


def test_the_last_day_counts_more_soon_than_late() -> None:
    """A day of 24, one of 72: mean 48.

    With twelve even weeks their weekdays have 12.5/13 and 13.5/13 of it. The last day stands for 72 / (13.5/13) = 69.33 of a usual one, 21.33 above the mean, of which
    0.7 is left a day later: the first hour takes 69.33 / 24 = 2.8889.
    """
    burn = Burn([1.0] * 24 + [3.0] * 24)
    assert burn.expected(1) == pytest.approx(2.8889, rel=1e-4)
    assert burn.expected(24) == pytest.approx(66.08, abs=0.01)
    assert burn.unevenness == pytest.approx((0.25 + 0.25 + 2) / 4)


def test_after_the_last_day_is_forgotten_only_the_week_is_left() -> None:
    """The sixth day of a week has 12.5/13 of the mean of 48, the seventh 13.5/13."""
    burn = Burn([1.0] * 24 + [3.0] * 24)
    week = burn.expected(24 * 77) - burn.expected(24 * 70)
    assert week == pytest.approx(7 * 48, rel=1e-4)
    sixth = burn.expected(24 * 76) - burn.expected(24 * 75)
    seventh = burn.expected(24 * 77) - burn.expected(24 * 76)
    assert (sixth, seventh) == (pytest.approx(46.154, rel=1e-4), pytest.approx(49.846, rel=1e-4))


def test_only_the_last_four_weeks_are_looked_at() -> None:
    recent = [1.0, 2.0] * 12 * 28
    assert Burn([50.0] * 240 + recent).expected(100) == Burn(recent).expected(100)


def test_a_balance_that_lasts_longer_than_a_year_has_no_date() -> None:
    assert EVEN.lasts(24 * 365, pessimistic=False) == pytest.approx(24 * 365)
    assert EVEN.lasts(24 * 365 + 0.1, pessimistic=False) is None


@pytest.mark.parametrize("hours", [[], [1.0] * 23, [0.0] * 48, [-1.0] * 24])
def test_less_than_a_day_or_nothing_used_is_no_history(hours: list[float]) -> None:
    with pytest.raises(ValueError, match="a day of hours"):
        Burn(hours)


HOURS = st.lists(st.floats(0, 1_000), min_size=24, max_size=24 * 9).filter(
    lambda hours: sum(hours[len(hours) % 24 :]) > 0.01
)


@given(HOURS, st.floats(0.01, 10_000))
def test_the_pessimistic_end_is_never_later_and_more_money_never_ends_sooner(
    hours: list[float], balance: float
) -> None:
    burn = Burn(hours)
    expected, pessimistic = (burn.lasts(balance, pessimistic=way) for way in (False, True))
    if expected is not None:
        assert pessimistic is not None
        assert 0 <= pessimistic <= expected + 1e-6
        less = burn.lasts(balance * 0.9, pessimistic=False)
        assert less is not None
        assert less <= expected + 1e-6


@given(HOURS, st.floats(0.01, 1_000))
def test_the_currency_of_the_amounts_makes_no_difference(
    hours: list[float], balance: float
) -> None:
    once = Burn(hours).lasts(balance, pessimistic=True)
    scaled = Burn([hour * 128 for hour in hours]).lasts(balance * 128, pessimistic=True)
    assert once == (None if scaled is None else pytest.approx(scaled, rel=1e-9))
