"""What one model of the genai-prices book costs at some hours, as windows in UTC.

Minutes of a day: 00:30 is 30, 04:00 is 240, 16:30 is 990, 20:00 is 1,200, 22:00 is 1,320.
"""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing.catalog.genai_map import ModelPrices, prices_of
from billing.catalog.genai_times import Hours, Timeline, hours_named
from billing.catalog.price_files import read_price_file

INPUT = ("input_uncached", "default", 0)
PEAK = {"start_time": "00:30:00Z", "end_time": "16:30:00Z"}
ONE, TWO, THREE = (Decimal(number).scaleb(-6) for number in (1, 2, 3))


@pytest.fixture
def said(tmp_path: Path) -> Any:
    def read(*prices: object, **entry: object) -> ModelPrices:
        path = tmp_path / "entry.json"
        path.write_text(json.dumps({"prices": list(prices), **entry}))
        return prices_of(read_price_file(path))

    return read


def at(constraint: object, **prices: object) -> dict[str, Any]:
    return {"constraint": constraint, "prices": prices or {"input_mtok": 2}}


BASE = {"prices": {"input_mtok": 1}}


def of_input(windows: dict[Hours, Timeline]) -> dict[Hours, list[Decimal]]:
    return {
        hours: [offer[INPUT] for offer in timeline.values()] for hours, timeline in windows.items()
    }


@pytest.mark.parametrize(
    ("starts", "ends", "hours"),
    [
        ("00:30:00Z", "16:30:00Z", Hours(30, 990)),
        ("00:30:00", "16:30:00", Hours(30, 990)),
        ("00:30:00+00:00", "16:30", Hours(30, 990)),
        ("08:30:00+08:00", "00:30:00+08:00", Hours(30, 990)),
        ("20:00:00Z", "04:00:00Z", Hours(1200, 240)),
        ("05:45:00+05:45", "16:30:00Z", Hours(0, 990)),
    ],
)
def test_hours_are_those_of_the_day_in_utc(said: Any, starts: str, ends: str, hours: Hours) -> None:
    found = said(BASE, at({"start_time": starts, "end_time": ends}))
    assert found.left_out == {}
    assert found.offers == {None: {INPUT: ONE}}
    assert of_input(found.windows) == {hours: [TWO]}


@pytest.mark.parametrize(
    ("constraint", "why"),
    [
        ({"start_time": "00:10:00Z", "end_time": "16:30:00Z"}, "within a quarter hour (00:10:00Z"),
        ({"start_time": "00:30:00Z", "end_time": "23:59:59Z"}, "within a quarter hour"),
        ({"start_time": "00:30:00+00:10", "end_time": "16:30:00Z"}, "within a quarter hour"),
        ({"start_time": "noon", "end_time": "16:30:00Z"}, "not understood"),
        ({"start_time": 5, "end_time": "16:30:00Z"}, "not understood"),
        (PEAK | {"weekdays": "mon"}, "not understood"),
        (PEAK | {"start_date": "2026-10-01"}, "not understood"),
    ],
)
def test_what_our_windows_cannot_say_leaves_the_model_out_by_name(
    said: Any, constraint: object, why: str
) -> None:
    for found in (
        said(BASE, at(constraint)),
        said(
            BASE,
            price_variants=[
                {"when": {"service_tier": "flex"}, "prices": {}, "constraint": constraint}
            ],
        ),
    ):
        assert (found.offers, found.windows) == ({}, {})
        assert why in found.left_out["prices"]


def test_hours_that_end_where_they_begin_are_never(said: Any) -> None:
    never = {"start_time": "08:00:00Z", "end_time": "08:00:00Z"}
    found = said(BASE, at(never))
    assert (found.offers, found.windows, found.left_out) == ({None: {INPUT: ONE}}, {}, {})


def test_where_hours_overlap_the_last_ones_hold(said: Any) -> None:
    found = said(
        BASE,
        at(PEAK, input_mtok=2),
        at({"start_time": "04:00:00Z", "end_time": "20:00:00Z"}, input_mtok=3),
    )
    assert of_input(found.windows) == {Hours(30, 240): [TWO], Hours(240, 1200): [THREE]}


def test_hours_that_meet_and_cost_the_same_are_one_window_also_over_midnight(said: Any) -> None:
    found = said(
        BASE,
        at({"start_time": "20:00:00Z", "end_time": "22:00:00Z"}),
        at({"start_time": "22:00:00Z", "end_time": "04:00:00Z"}),
        at({"start_time": "04:00:00Z", "end_time": "16:30:00Z"}, input_mtok=1),
    )
    assert of_input(found.windows) == {Hours(1200, 240): [TWO]}
    assert [hours.window_id for hours in found.windows] == ["utc-2000-0400"]
    assert hours_named("utc-2000-0400") == Hours(1200, 240)
    assert hours_named("night") is None


def test_a_later_entry_with_a_day_goes_before_hours_and_an_earlier_one_does_not(said: Any) -> None:
    day = {"start_date": "2026-10-01"}
    found = said(BASE, at(PEAK), at(day, input_mtok=3))
    assert of_input(found.windows) == {Hours(30, 990): [TWO, THREE]}
    assert [offer[INPUT] for offer in found.offers.values()] == [ONE, THREE]
    found = said(BASE, at(day, input_mtok=3), at(PEAK))
    assert of_input(found.windows) == {Hours(30, 990): [TWO, TWO]}
    assert list(found.offers) == [None, date(2026, 10, 1)]


def test_a_window_has_every_band_of_the_plain_price(said: Any) -> None:
    """Above 200,000 the window has its own highest price, else the plain band would hold there."""
    bands = {"base": 1, "tiers": [{"start": 200_000, "price": 3}]}
    own = {"base": 2, "tiers": [{"start": 128_000, "price": 5}]}
    found = said({"prices": {"input_mtok": bands}}, at(PEAK, input_mtok=own))
    timeline = found.windows[Hours(30, 990)]
    five = Decimal("0.000005")
    assert {key[2]: price for key, price in timeline[None].items()} == {
        0: TWO,
        128_000: five,
        200_000: five,
    }


def test_only_what_costs_otherwise_has_a_window(said: Any) -> None:
    found = said(
        {"prices": {"input_mtok": 1, "output_mtok": 9}}, at(PEAK, input_mtok=2, output_mtok=9)
    )
    assert {key[0] for key in found.windows[Hours(30, 990)][None]} == {"input_uncached"}


def test_what_has_no_price_at_some_hours_is_named_and_has_none(said: Any) -> None:
    """The plain price would stand in, which the book does not say."""
    found = said(
        {"prices": {"input_mtok": 1, "cache_read_mtok": 0.1}},
        at(PEAK, input_mtok=2, cache_write_mtok=3),
    )
    assert found.left_out == {"cache_read default": "has a price at some hours only"}
    assert set(found.offers[None]) == {INPUT}
    window = found.windows[Hours(30, 990)][None]
    assert ("cache_write_5m", "default", 0) in window


def test_a_tier_has_the_hours_of_the_standard_price_and_its_own(said: Any) -> None:
    batch = {
        "when": {"processing": "batch"},
        "prices": {"input_mtok": 0.5},
        "constraint": {"start_time": "04:00:00Z", "end_time": "20:00:00Z"},
    }
    always = {"when": {"processing": "batch"}, "prices": {"output_mtok": 5}}
    found = said(
        {"prices": {"input_mtok": 1, "output_mtok": 9}},
        at(PEAK, input_mtok=2, output_mtok=9),
        price_variants=[batch, always],
    )
    of_batch = {
        hours: timeline[None].get(("input_uncached", "batch", 0))
        for hours, timeline in found.windows.items()
    }
    half = Decimal("0.0000005")
    assert of_batch == {Hours(30, 240): TWO, Hours(240, 990): half, Hours(990, 1200): half}
    assert found.offers[None]["input_uncached", "batch", 0] == ONE
