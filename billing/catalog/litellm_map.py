"""One entry of the LiteLLM price map as our prices.

Here: which key of the map means which meter, tier and context band, and what stands in where
the map is silent. Add a key here when it prices a meter we have. Keep out: files, dates and
what we already know (`litellm_import`).

Where the map is silent:
- reasoning costs what visible output of the same tier and band costs;
- a cache write of unknown lifetime costs what a 5-minute write costs;
- a 1-hour write keeps the default tier's proportion to the 5-minute write, and costs the
  same as a 5-minute write where the map has no 1-hour price at all;
- a web search costs the same in every tier; its price is the medium search context's;
- a tier with only one of input and output is left out: half a tier cannot be billed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.errors import MeterbookError
from billing.money import round_half_up

PRICE_DIGITS = 12
PRICE_LIMIT = Decimal(10**6)
METER_OF_KEY = {
    "input_cost_per_token": "input_uncached",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write_5m",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "output_cost_per_token": "output_visible",
    "output_cost_per_reasoning_token": "output_reasoning",
    "output_cost_per_image": "image",
}
TIER_OF_SUFFIX = {"batches": "batch", "flex": "flex", "priority": "priority"}
PRICE_KEY = re.compile(
    rf"({'|'.join(sorted(METER_OF_KEY, key=len, reverse=True))})"
    r"(?:_above_(\d+)k_tokens)?"
    rf"(?:_({'|'.join(TIER_OF_SUFFIX)}))?"
)

Band = tuple[str, int]
"""Service tier and context threshold."""


@dataclass(frozen=True, order=True)
class MapPrice:
    """US dollars per single unit of one meter."""

    meter: str
    service_tier: str
    context_above_tokens: int
    unit_price: Decimal


def prices_of(model: str, entry: Mapping[str, Any]) -> list[MapPrice]:
    """All prices of one map entry, sorted; numbers in `entry` are Decimals read from text.

    Raises MeterbookError for a price scheme that this importer does not know.
    """
    if "tiered_pricing" in entry:
        raise MeterbookError(
            f"{model}: tiered_pricing of the price map is not understood. "
            "Add this model's prices to prices.csv by hand."
        )
    bands: dict[Band, dict[str, Decimal]] = {}
    for key, value in entry.items():
        match = PRICE_KEY.fullmatch(key)
        if match is None or not isinstance(value, Decimal):
            continue
        band = (TIER_OF_SUFFIX.get(match[3], "default"), int(match[2] or 0) * 1000)
        bands.setdefault(band, {})[METER_OF_KEY[match[1]]] = value
    bands = _without_half_tiers(bands)
    _fill(bands)
    _add_web_search(bands, entry)
    return sorted(
        MapPrice(meter, tier, above, _unit_price(model, price))
        for (tier, above), prices in bands.items()
        for meter, price in prices.items()
    )


def _without_half_tiers(bands: dict[Band, dict[str, Decimal]]) -> dict[Band, dict[str, Decimal]]:
    half = {
        tier
        for tier, _ in bands
        if tier != "default"
        and not bands.get((tier, 0), {}).keys() >= {"input_uncached", "output_visible"}
    }
    return {band: prices for band, prices in bands.items() if band[0] not in half}


def _fill(bands: dict[Band, dict[str, Decimal]]) -> None:
    base = bands.get(("default", 0), {})
    short, long = base.get("cache_write_5m"), base.get("cache_write_1h")
    stretch = long / short if short and long else Decimal(1)
    for prices in bands.values():
        if "output_visible" in prices:
            prices.setdefault("output_reasoning", prices["output_visible"])
        if "cache_write_5m" in prices:
            prices.setdefault("cache_write_1h", prices["cache_write_5m"] * stretch)
            prices["cache_write_unknown_ttl"] = prices["cache_write_5m"]


def _add_web_search(bands: dict[Band, dict[str, Decimal]], entry: Mapping[str, Any]) -> None:
    searches = entry.get("search_context_cost_per_query")
    price = searches.get("search_context_size_medium") if isinstance(searches, dict) else None
    if isinstance(price, Decimal):
        for (_, above), prices in bands.items():
            if not above:
                prices["web_search"] = price


def _unit_price(model: str, price: Decimal) -> Decimal:
    if price < 0 or price >= PRICE_LIMIT:
        raise MeterbookError(f"{model}: {price} is no price of one unit.")
    rounded = round_half_up(price, PRICE_DIGITS)
    if price and not rounded:
        raise MeterbookError(f"{model}: {price} is no price of at most {PRICE_DIGITS} decimals.")
    return rounded
