"""What one model of the genai-prices book means in our files.

A price per million tokens is that price with the point six digits to the left; per thousand
searches three digits; an hour of audio has 3,600,000 of our milliseconds.
"""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing.catalog.genai_map import ModelPrices, prices_of
from billing.catalog.genai_times import Offer
from billing.catalog.price_files import read_price_file


@pytest.fixture
def said(tmp_path: Path) -> Any:
    def read(**entry: object) -> ModelPrices:
        path = tmp_path / "entry.json"
        path.write_text(json.dumps(entry))
        return prices_of(read_price_file(path))

    return read


def only(prices: ModelPrices) -> Offer:
    assert prices.left_out == {}
    assert list(prices.offers) == [None]
    return prices.offers[None]


def test_prices_per_million_become_prices_per_token(said: Any) -> None:
    offer = only(said(prices={"input_mtok": 0.05, "output_mtok": 10, "cache_read_mtok": 0.0625}))
    assert offer == {
        ("input_uncached", "default", 0): Decimal("0.00000005"),
        ("cache_read", "default", 0): Decimal("0.0000000625"),
        ("output_visible", "default", 0): Decimal("0.00001"),
        ("output_reasoning", "default", 0): Decimal("0.00001"),
    }


def test_a_cache_write_costs_the_same_for_every_lifetime_unless_the_book_knows_it(
    said: Any,
) -> None:
    offer = only(said(prices={"cache_write_mtok": 3.75, "cache_write_1h_mtok": 6}))
    assert offer["cache_write_5m", "default", 0] == Decimal("0.00000375")
    assert offer["cache_write_unknown_ttl", "default", 0] == Decimal("0.00000375")
    assert offer["cache_write_1h", "default", 0] == Decimal("0.000006")


@pytest.mark.parametrize(
    ("key", "price", "meter", "unit_price"),
    [
        ("web_searches_kcount", 35, "web_search", "0.035"),
        ("requests_kcount", 5, "request", "0.005"),
        ("input_document_kpages", 1, "page", "0.001"),
        ("input_mchars", 15, "character", "0.000015"),
        ("audio_hours", 0.36, "audio_second", "0.0000001"),
        ("output_reasoning_mtok", 3, "output_reasoning", "0.000003"),
    ],
)
def test_other_units(said: Any, key: str, price: float, meter: str, unit_price: str) -> None:
    assert only(said(prices={key: price})) == {(meter, "default", 0): Decimal(unit_price)}


def test_each_price_has_its_own_context_bands(said: Any) -> None:
    tiers = [{"start": 128_000, "price": 4}, {"start": 32_000, "price": 2}]
    offer = only(
        said(
            prices={
                "input_mtok": {"base": 1, "tiers": tiers},
                "output_mtok": 9,
                "web_searches_kcount": {"base": 10, "tiers": [{"start": 32_000, "price": 11}]},
            }
        )
    )
    assert {key[2]: price for key, price in offer.items() if key[0] == "input_uncached"} == {
        0: Decimal("0.000001"),
        32_000: Decimal("0.000002"),
        128_000: Decimal("0.000004"),
    }
    assert {key[2] for key in offer if key[0] != "input_uncached"} == {0}


def test_a_dated_price_starts_on_its_day_and_the_last_active_one_wins(said: Any) -> None:
    found = said(
        prices=[
            {"prices": {"input_mtok": 1}},
            {"constraint": {"start_date": "2026-06-16"}, "prices": {"input_mtok": 3}},
            {"constraint": {"start_date": "2026-03-01"}, "prices": {"input_mtok": 2}},
        ]
    )
    key = ("input_uncached", "default", 0)
    assert {day: offer[key] for day, offer in found.offers.items()} == {
        None: Decimal("0.000001"),
        date(2026, 3, 1): Decimal("0.000002"),
        date(2026, 6, 16): Decimal("0.000002"),
    }


def test_a_tier_is_the_standard_price_with_what_the_book_says_otherwise(said: Any) -> None:
    """The first variant that names a key wins, as in the book; the tier begins on its day."""
    start = {"start_date": "2026-10-14"}
    found = said(
        prices={"input_mtok": 2, "cache_read_mtok": 0.5},
        price_variants=[
            {"when": {"service_tier": "default"}, "prices": {}},
            {"when": {"processing": "batch"}, "prices": {"input_mtok": 1}, "constraint": start},
            {"when": {"processing": "batch"}, "prices": {"input_mtok": 9}},
        ],
    )
    batch = ("input_uncached", "batch", 0)
    assert found.left_out == {}
    assert found.offers[None][batch] == Decimal("0.000009")
    assert found.offers[date(2026, 10, 14)][batch] == Decimal("0.000001")
    assert found.offers[date(2026, 10, 14)]["cache_read", "batch", 0] == Decimal("0.0000005")
    assert ("input_uncached", "flex", 0) not in found.offers[None]


@pytest.mark.parametrize(
    "when", [{"service_tier": "fast"}, {"speed": "fast"}, {"processing": "batch", "x": "y"}, {}]
)
def test_what_is_no_tier_of_ours_is_named(said: Any, when: dict[str, str]) -> None:
    found = said(
        prices={"input_mtok": 1}, price_variants=[{"when": when, "prices": {"input_mtok": 5}}]
    )
    assert list(found.left_out.values()) == ["is no service tier"]
    assert {key[1] for key in found.offers[None]} == {"default"}


def test_a_key_without_a_meter_is_named_unless_it_costs_what_the_general_one_costs(
    said: Any,
) -> None:
    found = said(prices={"input_mtok": 1, "input_audio_mtok": 3, "input_image_mtok": 1})
    assert found.left_out == {"input_audio_mtok": "has no meter here (3 in the book)"}
    assert found.offers[None] == {("input_uncached", "default", 0): Decimal("0.000001")}


def test_a_price_that_is_not_exact_has_no_row_and_nothing_stands_in_for_it(said: Any) -> None:
    """0.0833333333333333 per million has 22 decimals per token; the 1-hour price is exact."""
    found = said(
        prices={"input_mtok": 1, "cache_write_mtok": 0.0833333333333333, "cache_write_1h_mtok": 2}
    )
    assert set(found.offers[None]) == {
        ("input_uncached", "default", 0),
        ("cache_write_1h", "default", 0),
    }
    assert "not exact in 12 decimals" in found.left_out["cache_write_mtok"]
    found = said(prices={"audio_hours": 0.111})
    assert found.offers == {None: {}}


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"prices": []},
        {"prices": "free"},
        {"prices": [{"prices": 3}]},
        {"prices": ["x"]},
        {"prices": {"input_mtok": -1}},
        {"prices": {"input_mtok": "1"}},
        {"prices": {"input_mtok": True}},
        {"prices": {"input_mtok": {"base": 1}}},
        {"prices": {"input_mtok": {"tiers": [{"start": 9, "price": 1}]}}},
        {"prices": {"input_mtok": {"base": 1, "tiers": [{"start": 0, "price": 1}]}}},
        {"prices": {"input_mtok": {"base": 1, "tiers": [{"start": -5, "price": 1}]}}},
        {"prices": {"input_mtok": {"base": 1, "tiers": [{"start": 1.5, "price": 1}]}}},
        {"prices": {"input_mtok": {"base": 1, "tiers": [{"start": "x", "price": 1}]}}},
        {"prices": {"input_mtok": {"base": 1, "tiers": 7}}},
        {"prices": {"input_mtok": 1}, "price_variants": 5},
        {"prices": {"input_mtok": 1}, "price_variants": [{"when": {"service_tier": "flex"}}]},
        {"prices": [{"prices": {}, "constraint": {"start_date": "soon"}}]},
        {"prices": [{"prices": {}, "constraint": {"start_date": 20261001}}]},
        {"prices": [{"prices": {}, "constraint": "2026-10-01"}]},
        {"prices": [{"prices": {}, "constraint": {"weekday": "monday"}}]},
    ],
)
def test_a_broken_entry_is_left_out_as_a_whole_with_its_reason(said: Any, entry: Any) -> None:
    found = said(**entry)
    assert found.offers == {}
    assert list(found.left_out) == ["prices"]


def test_a_price_beyond_any_price_has_no_row(said: Any) -> None:
    found = said(prices={"input_mtok": 1e18})
    assert found.offers == {None: {}}
    assert list(found.left_out) == ["input_mtok"]
