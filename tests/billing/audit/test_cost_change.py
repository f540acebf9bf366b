"""The second engine's split of a change of cost, on numbers worked out by hand."""

from decimal import Decimal

import pytest

from billing.audit import audited_tables as audited
from billing.audit.cost_change import Item, Month, Sums, changes_by_model, expect_change
from billing.audit.expected import Expected

D = Decimal
E12 = 10**12


def item(model: str, meter: str = "input_uncached") -> Item:
    return Item(model, meter, "default", 0, "")


def sums(quantity: int, gross: str, net: str) -> Sums:
    own = Sums()
    own.add(quantity, D(gross), D(net))
    return own


def test_volume_mix_price_and_discount_follow_each_other() -> None:
    """Tokens double from 200 to 400.

    cheap: 90, grown 180, three times its quantity at the old 0.90 a token 270, at the new price
    360 x 0.9 = 324, less 20 % instead 288. dear: 270, grown 540, same quantity and price 270,
    less 20 % instead of 10 % 240. Parts: 360 - 180 + 54 - 66 = 168 = 528 - 360.
    """
    before = {item("cheap"): sums(100, "100", "90"), item("dear"): sums(100, "300", "270")}
    now = {item("cheap"): sums(300, "360", "288"), item("dear"): sums(100, "300", "240")}
    assert changes_by_model(now, before) == {
        "cheap": [90 * E12, 180 * E12, 270 * E12, 324 * E12, 288 * E12],
        "dear": [270 * E12, 540 * E12, 270 * E12, 270 * E12, 240 * E12],
    }
    expected = Expected()
    expect_change(expected, "org", ("EUR", now), ("EUR", before))
    ((_, values),) = expected.pairs[audited.COST_CHANGE.check_name]
    assert values == ("previous_month", "EUR", 360, 528, 168, 360, -180, 54, -66)


def test_new_and_gone_models_are_mix_and_new_and_gone_units_volume() -> None:
    """All tokens move from gone to fresh; images are new, searches gone, pages no longer free."""
    before = {
        item("gone"): sums(100, "10", "10"),
        item("searcher", "web_search"): sums(5, "10", "10"),
        item("gift", "page"): sums(100, "0", "0"),
    }
    now = {
        item("fresh"): sums(100, "30", "25"),
        item("painter", "image"): sums(2, "30", "25"),
        item("gift", "page"): sums(100, "30", "25"),
    }
    ten, full = 10 * E12, 25 * E12
    assert changes_by_model(now, before) == {
        "gone": [ten, ten, 0, 0, 0],
        "fresh": [0, 0, full, full, full],
        "searcher": [ten, 0, 0, 0, 0],
        "painter": [0, full, full, full, full],
        "gift": [0, 0, 0, full, full],
    }


def test_each_step_is_rounded_once_half_away_from_zero() -> None:
    """1.5 units of the twelfth digit are 2; 2/3 is 0.666666666667, of 1.5 1.000000000001."""
    grown = changes_by_model(
        {item("m"): sums(3, "0.000000000002", "0.000000000002")},
        {item("m"): sums(2, "0.000000000001", "0.000000000001")},
    )
    assert grown == {"m": [1, 2, 2, 2, 2]}
    credit = changes_by_model(
        {item("m"): sums(3, "0.000000000002", "0.000000000002")},
        {item("m"): sums(2, "-0.000000000001", "-0.000000000001")},
    )
    assert credit == {"m": [-1, -2, -2, 2, 2]}
    third = changes_by_model(
        {item("m"): sums(2, "1.5", "1")},
        {item("m"): sums(2, "3", "2")},
    )
    assert third == {"m": [2 * E12, 2 * E12, 2 * E12, E12 + 1, E12]}


@pytest.mark.parametrize(
    ("now", "before", "head"),
    [
        (("EUR", 4), None, ("no_previous_month", "EUR", 0, 4, 4, 4)),
        (("EUR", 4), ("USD", 3), ("other_currency", "EUR", 0, 4, 4, 4)),
        (("", None), ("USD", 3), ("previous_month", "USD", 3, 0, -3, -3)),
    ],
)
def test_what_a_month_is_compared_with(
    now: tuple[str, int | None], before: tuple[str, int] | None, head: tuple[object, ...]
) -> None:
    def month(net: int | None) -> Month:
        return {} if net is None else {item("m"): sums(1, str(net), str(net))}

    expected = Expected()
    earlier = None if before is None else (before[0], month(before[1]))
    expect_change(expected, "org", (now[0], month(now[1])), earlier)
    ((key, values),) = expected.pairs[audited.COST_CHANGE.check_name]
    assert (key, values) == (("org",), (*head, 0, 0, 0))


def test_without_charges_in_either_month_there_is_no_row() -> None:
    expected = Expected()
    expect_change(expected, "org", ("EUR", {}), None)
    assert expected.pairs == {}
