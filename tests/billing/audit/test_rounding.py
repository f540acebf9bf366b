"""Facts about the audit's rounding: halves go away from zero, spread units add up."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.audit.rounding import (
    digits_of,
    exact_product,
    from_minor,
    half_away,
    spread,
    to_minor,
)

PARTS = st.lists(
    st.fractions(min_value=-1000, max_value=1000, max_denominator=10**6), min_size=1, max_size=30
)


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.5", 1), ("1.5", 2), ("2.5", 3), ("-0.5", -1), ("-2.5", -3), ("2.4999999", 2), ("0", 0)],
)
def test_a_half_goes_away_from_zero(amount: str, rounded: int) -> None:
    assert half_away(Decimal(amount)) == rounded
    assert half_away(Fraction(amount)) == rounded


def test_a_product_is_rounded_to_twelve_decimals() -> None:
    assert exact_product(Decimal("0.000000000001"), Decimal("0.5")) == Decimal("0.000000000001")
    assert exact_product(Decimal("0.000000000001"), Decimal("0.49")) == 0
    assert exact_product(Decimal("-0.000000000003"), Decimal("0.5")) == Decimal("-0.000000000002")


def test_a_product_of_many_digits_loses_none() -> None:
    price = Decimal("123456.123456789012")
    assert exact_product(price, 10**18) == price.scaleb(18)


def test_minor_units_follow_the_currency() -> None:
    assert [digits_of(currency) for currency in ("EUR", "JPY", "BHD")] == [2, 0, 3]
    assert to_minor(Decimal("10.005"), 2) == 1001
    assert to_minor(Decimal("10.5"), 0) == 11
    assert from_minor(-1001, 2) == Decimal("-10.01")


def test_three_lines_of_four_thousandths_show_one_cent_on_the_first() -> None:
    assert spread(1, [Fraction(4, 10)] * 3) == [1, 0, 0]


def test_eighty_one_lines_of_four_thousandths_show_thirty_two_cents() -> None:
    parts = [Fraction(4, 10)] * 81
    assert half_away(sum(parts, Fraction(0))) == 32
    assert spread(32, parts) == [1] * 32 + [0] * 49


def test_of_equal_remainders_the_larger_part_comes_first() -> None:
    assert spread(3, [Fraction(1, 2), Fraction(5, 2)]) == [0, 3]


def test_a_remainder_below_zero_is_measured_from_the_floor() -> None:
    assert spread(-1, [Fraction(-1, 4), Fraction(-3, 4)]) == [0, -1]


def test_a_total_too_far_from_its_parts_is_refused() -> None:
    with pytest.raises(ArithmeticError):
        spread(5, [Fraction(1, 2), Fraction(1, 2)])


@given(PARTS)
def test_spread_parts_add_up_and_stay_within_one_unit(parts: list[Fraction]) -> None:
    total = half_away(sum(parts, Fraction(0)))
    units = spread(total, parts)
    assert sum(units) == total
    assert all(
        abs(unit - part) < 1 or unit == part for unit, part in zip(units, parts, strict=True)
    )


@given(PARTS)
def test_a_larger_part_never_gets_fewer_units_than_its_floor(parts: list[Fraction]) -> None:
    units = spread(half_away(sum(parts, Fraction(0))), parts)
    assert all(part - 1 < unit for unit, part in zip(units, parts, strict=True))


@given(st.fractions(), st.integers(min_value=-(10**30), max_value=10**30))
def test_rounding_is_symmetric_and_never_more_than_half_a_unit_off(
    amount: Fraction, whole: int
) -> None:
    assert half_away(-amount) == -half_away(amount)
    assert abs(half_away(amount) - amount) <= Fraction(1, 2)
    assert half_away(whole) == whole
