"""What one entry of the price map means."""

import json
from decimal import Decimal

import pytest

from billing.catalog.litellm_map import prices_of
from billing.errors import MeterbookError


def prices(text: str) -> dict[tuple[str, str, int], Decimal]:
    entry = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    return {
        (price.meter, price.service_tier, price.context_above_tokens): price.unit_price
        for price in prices_of("some-model", entry)
    }


def test_a_price_is_the_text_of_the_map_not_a_float() -> None:
    entry = '{"input_cost_per_token": 2.8e-07, "output_cost_per_token": 1e-05}'
    assert prices(entry)["input_uncached", "default", 0] == Decimal("0.00000028")


def test_float_noise_of_the_map_is_rounded_half_up_to_twelve_decimals() -> None:
    entry = '{"input_cost_per_token": 6.250000000000001e-07, "output_cost_per_token": 1.5e-12}'
    found = prices(entry)
    assert str(found["input_uncached", "default", 0]) == "6.25000E-7"
    assert found["output_visible", "default", 0] == Decimal("0.000000000002")


def test_a_price_too_small_to_keep_is_refused() -> None:
    with pytest.raises(MeterbookError, match="some-model"):
        prices('{"input_cost_per_token": 1e-13, "output_cost_per_token": 1e-05}')


def test_reasoning_costs_what_visible_output_costs() -> None:
    found = prices('{"input_cost_per_token": 1e-06, "output_cost_per_token": 1e-05}')
    assert found["output_reasoning", "default", 0] == Decimal("0.00001")


def test_a_reasoning_price_of_the_map_wins() -> None:
    found = prices(
        '{"input_cost_per_token": 1e-06, "output_cost_per_token": 1e-05,'
        ' "output_cost_per_reasoning_token": 3e-05}'
    )
    assert found["output_reasoning", "default", 0] == Decimal("0.00003")


def test_bands_and_tiers_are_read_from_the_key() -> None:
    found = prices(
        '{"input_cost_per_token": 1e-06, "output_cost_per_token": 1e-05,'
        ' "input_cost_per_token_above_200k_tokens": 2e-06,'
        ' "input_cost_per_token_priority": 3e-06, "output_cost_per_token_priority": 3e-05,'
        ' "input_cost_per_token_above_200k_tokens_priority": 4e-06}'
    )
    assert found["input_uncached", "default", 200_000] == Decimal("0.000002")
    assert found["input_uncached", "priority", 0] == Decimal("0.000003")
    assert found["input_uncached", "priority", 200_000] == Decimal("0.000004")


def test_a_cache_write_of_unknown_lifetime_costs_what_five_minutes_cost() -> None:
    found = prices(
        '{"input_cost_per_token": 1e-06, "output_cost_per_token": 1e-05,'
        ' "cache_creation_input_token_cost": 1.25e-06}'
    )
    assert found["cache_write_unknown_ttl", "default", 0] == Decimal("0.00000125")
    assert found["cache_write_1h", "default", 0] == Decimal("0.00000125")


def test_a_one_hour_write_keeps_its_proportion_in_other_tiers() -> None:
    found = prices(
        '{"input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05,'
        ' "cache_creation_input_token_cost": 3.75e-06,'
        ' "cache_creation_input_token_cost_above_1hr": 6e-06,'
        ' "input_cost_per_token_batches": 1.5e-06, "output_cost_per_token_batches": 7.5e-06,'
        ' "cache_creation_input_token_cost_batches": 1.875e-06}'
    )
    assert found["cache_write_1h", "default", 0] == Decimal("0.000006")
    assert found["cache_write_1h", "batch", 0] == Decimal("0.000003")


def test_half_a_tier_is_left_out() -> None:
    found = prices(
        '{"input_cost_per_token": 1e-06, "output_cost_per_token": 1e-05,'
        ' "input_cost_per_token_priority": 3e-06}'
    )
    assert {tier for _, tier, _ in found} == {"default"}


def test_a_web_search_costs_the_medium_price_in_every_tier() -> None:
    found = prices(
        '{"input_cost_per_token": 1e-06, "output_cost_per_token": 1e-05,'
        ' "input_cost_per_token_flex": 5e-07, "output_cost_per_token_flex": 5e-06,'
        ' "search_context_cost_per_query": {"search_context_size_low": 0.03,'
        ' "search_context_size_medium": 0.035}}'
    )
    searches = {key: price for key, price in found.items() if key[0] == "web_search"}
    assert searches == dict.fromkeys(
        [("web_search", "default", 0), ("web_search", "flex", 0)], Decimal("0.035")
    )


def test_an_image_model_has_a_price_per_image_only() -> None:
    found = prices('{"mode": "image_generation", "output_cost_per_image": 0.04}')
    assert found == {("image", "default", 0): Decimal("0.04")}


def test_a_scheme_that_is_not_understood_is_refused() -> None:
    with pytest.raises(MeterbookError, match="tiered_pricing"):
        prices('{"tiered_pricing": [{"range": [0, 32000], "input_cost_per_token": 1e-06}]}')
