"""One model of the genai-prices book as our prices over time.

Here: which key of the book means which meter, how tiers, dates, hours and context thresholds
are written there, and what cannot be said in our files. Add a key here when it prices a meter we
have. Keep out: finding models (`genai_book`), times (`genai_times`), files and what we already
know (`genai_import`).

Whatever cannot be said exactly is left out with its name and reason, never rounded or guessed:
models with prices that change within a quarter hour, tiers we do not have, units without a
meter, meters with a price at some hours only, prices that are not exact in 12 decimals per unit. Where the book is silent, as for the LiteLLM map:
- reasoning costs what visible output costs;
- a cache write of any lifetime costs what the book's cache write costs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.catalog.genai_times import (
    Hours,
    Offer,
    Timeline,
    TimesError,
    When,
    drop_priced_at_some_hours,
    parts_of_day,
    tell_apart,
    when_of,
)
from billing.catalog.litellm_map import PRICE_DIGITS, PRICE_LIMIT

METERS_OF_KEY: Mapping[str, tuple[str, ...]] = {
    "input_mtok": ("input_uncached",),
    "cache_read_mtok": ("cache_read",),
    "cache_write_mtok": ("cache_write_5m", "cache_write_1h", "cache_write_unknown_ttl"),
    "cache_write_5m_mtok": ("cache_write_5m", "cache_write_unknown_ttl"),
    "cache_write_1h_mtok": ("cache_write_1h",),
    "output_mtok": ("output_visible", "output_reasoning"),
    "output_reasoning_mtok": ("output_reasoning",),
    "web_searches_kcount": ("web_search",),
    "requests_kcount": ("request",),
    "input_document_kpages": ("page",),
    "input_mchars": ("character",),
    "audio_hours": ("audio_second",),
}
"""In order: a later key stands before an earlier one for a meter of both."""
UNITS_OF_SUFFIX = {"mtok": 10**6, "mchars": 10**6, "kcount": 10**3, "kpages": 10**3}
UNITS = {key: UNITS_OF_SUFFIX.get(key.rpartition("_")[2], 0) for key in METERS_OF_KEY}
UNITS["audio_hours"] = 3_600_000
"""Our units in one of the book's; seconds are counted in milliseconds."""
TIER_OF_CONDITION = {
    ("service_tier", "default"): "default",
    ("service_tier", "flex"): "flex",
    ("service_tier", "priority"): "priority",
    ("processing", "batch"): "batch",
}
PER_REQUEST = ("web_search", "request")
"""Meters whose price no context band changes."""

Prices = Mapping[str, Any]


@dataclass
class ModelPrices:
    """What the book says of one model: an offer for each start, and what is left out.

    `windows` has what costs otherwise at some hours. Without offers the model as a whole cannot
    be said.
    """

    offers: Timeline = field(default_factory=dict)
    windows: dict[Hours, Timeline] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


class _NotSayableError(Exception):
    """A model of the book cannot be said in our files; the text says why."""


class _InexactError(Exception):
    """One price of the book cannot; what it prices then has no price."""


def prices_of(entry: Mapping[str, Any]) -> ModelPrices:
    """Everything that one model of the book costs; numbers in `entry` are Decimals."""
    found = ModelPrices()
    try:
        dated = _dated(entry.get("prices"))
        tiers = list(_tiers(entry.get("price_variants"), found))
        whens = [when for when, _ in dated] + [when for _, when, _ in tiers]
        starts = sorted({when.start for when in whens}, key=lambda day: day or date.min)
        found.offers = {day: _offer(dated, tiers, (day, None), found) for day in starts}
        parts = {
            part: {day: _offer(dated, tiers, (day, part.starts), found) for day in starts}
            for part in parts_of_day(when.hours for when in whens if when.hours)
        }
    except (_NotSayableError, TimesError) as reason:
        return ModelPrices(left_out={"prices": str(reason)})
    for meter, tier in drop_priced_at_some_hours(found.offers, parts):
        found.left_out[f"{meter} {tier}"] = "has a price at some hours only"
    found.windows = tell_apart(found.offers, parts)
    return found


def _dated(prices: Any) -> list[tuple[When, Prices]]:  # noqa: ANN401  # JSON
    """(when, prices) in the book's order, the first always."""
    if isinstance(prices, dict):
        return [(When(), prices)]
    if not isinstance(prices, list) or not prices:
        raise _NotSayableError("has no prices")
    dated = [(when_of(part.get("constraint")), said) for part in prices for said in [_prices(part)]]
    always = (When(), dated[0][1])
    return [always, *((when, said) for when, said in dated if when is not None)]


def _tiers(
    variants: Any,  # noqa: ANN401  # JSON
    found: ModelPrices,
) -> Iterator[tuple[str, When, Prices]]:
    """(tier, when, prices that differ in it); conditions that are no tier are named."""
    if variants is not None and not isinstance(variants, list):
        raise _NotSayableError("has price variants that are no list")
    for variant in variants or ():
        prices, context = _prices(variant), variant.get("when")
        conditions = list(context.items()) if isinstance(context, dict) else []
        tier = TIER_OF_CONDITION.get(conditions[0]) if len(conditions) == 1 else None
        if tier is None:
            name = ", ".join(f"{key}={value}" for key, value in conditions) or "variant"
            found.left_out[name] = "is no service tier"
        elif (when := when_of(variant.get("constraint"))) is not None:
            yield tier, when, prices


def _prices(part: Any) -> Prices:  # noqa: ANN401  # JSON
    prices = part.get("prices") if isinstance(part, dict) else None
    if not isinstance(prices, dict):
        raise _NotSayableError("has prices that are no object")
    return prices


def _offer(
    dated: Sequence[tuple[When, Prices]],
    tiers: Sequence[tuple[str, When, Prices]],
    at: tuple[date | None, int | None],
    found: ModelPrices,
) -> Offer:
    """Return every tier's prices at a time; the book's last active price and first variant win."""
    standard = [prices for when, prices in dated if when.is_active(*at)][-1]
    offer: Offer = {}
    active = [(tier, prices) for tier, when, prices in tiers if when.is_active(*at)]
    for tier in dict.fromkeys(["default", *(tier for tier, _ in active)]):
        merged = dict(standard)
        for _, prices in reversed([each for each in active if each[0] == tier]):
            merged |= {key: price for key, price in prices.items() if price is not None}
        offer |= _units(tier, merged, found)
    return offer


def _units(tier: str, prices: Prices, found: ModelPrices) -> Offer:
    """Prices of one tier per single unit, each with the context bands that it has itself."""
    bands: dict[str, dict[int, Decimal]] = {}
    for key, meters in METERS_OF_KEY.items():
        if prices.get(key) is None:
            continue
        try:
            by_band = _bands(key, prices[key])
        except _InexactError as reason:
            by_band, found.left_out[key] = {}, str(reason)
        bands |= dict.fromkeys(meters, by_band)
    for key in sorted(prices.keys() - METERS_OF_KEY.keys()):
        if prices[key] is not None and prices[key] != prices.get(_general(key)):
            found.left_out.setdefault(key, f"has no meter here ({_words(prices[key])} in the book)")
    return {
        (meter, tier, above): price
        for meter, by_band in bands.items()
        for above, price in by_band.items()
        if not above or meter not in PER_REQUEST
    }


def _general(key: str) -> str:
    """Return the key whose price holds for what has none of its own."""
    direction = "output" if key.startswith("output_") else "input"
    if key.startswith("cache_"):
        return "cache_read_mtok" if "read" in key else "cache_write_mtok"
    return f"{direction}_mtok" if key.endswith("_mtok") else "audio_hours"


def _bands(key: str, price: Any) -> dict[int, Decimal]:  # noqa: ANN401  # JSON
    """Price per single unit by context threshold."""
    if not isinstance(price, dict):
        return {0: _per_unit(key, price)}
    tiers = price.get("tiers")
    if not isinstance(tiers, list) or not all(isinstance(tier, dict) for tier in tiers):
        raise _NotSayableError(f"has tiers of {key} that are no list")
    bands = {0: _per_unit(key, price.get("base"))}
    for tier in tiers:
        start = tier.get("start")
        if not isinstance(start, Decimal) or start != int(start) or int(start) in bands:
            raise _NotSayableError(f"has a tier of {key} that starts at {start}")
        bands[int(start)] = _per_unit(key, tier.get("price"))
    if min(bands) < 0:
        raise _NotSayableError(f"has a tier of {key} that starts below zero")
    return bands


def _per_unit(key: str, price: Any) -> Decimal:  # noqa: ANN401  # JSON
    """Divide exactly, or not at all."""
    if not isinstance(price, Decimal) or price < 0:
        raise _NotSayableError(f"has a price of {key} that is none ({price})")
    parts = Fraction(price) / UNITS[key] * 10**PRICE_DIGITS
    if parts >= PRICE_LIMIT * 10**PRICE_DIGITS:
        raise _InexactError(f"{price} is no price of one unit")
    if parts.denominator != 1:
        raise _InexactError(f"{price} is not exact in {PRICE_DIGITS} decimals per unit")
    return Decimal(parts.numerator).scaleb(-PRICE_DIGITS)


def _words(price: Any) -> str:  # noqa: ANN401  # JSON
    return (
        f"{price['base']} and tiers" if isinstance(price, dict) and "base" in price else str(price)
    )
