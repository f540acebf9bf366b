"""The list cost of the sample's real usage, computed again by the genai-prices package.

The package prices each meter of each model, tier and context band by its own book and its own
arithmetic. Wherever its price of one unit is the one of our row, the two costs are equal to the
last digit. Where the books differ, the difference is listed here with its reason; a difference
that is not listed, and a listed one that is gone, both fail.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import NamedTuple

import duckdb
import pytest
from genai_prices import Usage
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelPrice, TieredPrices, calc_unit_price

from tests.orchestration.installation import Installation

pytestmark = pytest.mark.long

NAMES = {"mistral-medium": "mistral-medium-latest", "imagen-3": "imagen-3.0-generate-001"}
"""Ours to the package's, where they differ."""
TIERS = {"batch": {"processing": "batch"}}
"""A tier is a `service_tier` for the package, a batch is not."""
AFTER_ALL_STARTS = datetime(2026, 10, 31, tzinfo=UTC)
"""Our list has no history of tiers, so the book is asked once all of its rows have begun."""
USAGES = {
    "input_uncached": ("input_tokens",),
    "cache_read": ("input_tokens", "cache_read_tokens"),
    "cache_write_5m": ("input_tokens", "cache_write_tokens"),
    "cache_write_1h": ("input_tokens", "cache_write_tokens", "cache_write_1h_tokens"),
    "output_visible": ("output_tokens",),
    "output_reasoning": ("output_tokens", "output_reasoning_tokens"),
    "web_search": ("web_searches",),
}
"""What the package has to be told of a quantity of one meter."""

ABSENT = "the book does not have the model"
PER_IMAGE = "the map prices images by the piece, the book their tokens"
OPERATOR = "the operator's own price from 15 October on; before, both say the same"
BY_HOUR = "the book has prices by time of day, the map one for the whole day"
DIFFERENCES = {
    ("deepseek-chat", "default", "cache_read"): BY_HOUR,
    ("deepseek-chat", "default", "input_uncached"): BY_HOUR,
    ("deepseek-chat", "default", "output_visible"): BY_HOUR,
    ("gemini-2.5-flash-image", "default", "image"): PER_IMAGE,
    ("glm-4.6", "default", "input_uncached"): OPERATOR,
    ("glm-4.6", "default", "output_visible"): OPERATOR,
    ("imagen-3", "default", "image"): ABSENT,
}


class Rated(NamedTuple):
    """Billable usage at one price, as our engine rated it."""

    model: str
    provider: str
    tier: str
    band: int
    meter: str
    quantity: int
    unit_price: Decimal
    cost: Decimal

    @property
    def place(self) -> tuple[str, str, str]:
        return (self.model, self.tier, self.meter)


@pytest.fixture(scope="module")
def rated(closed_sample: Installation) -> list[Rated]:
    """All billable usage of October by model, tier, band, meter and price, in US dollars."""
    with duckdb.connect(str(closed_sample.warehouse), read_only=True) as connection:
        rows = connection.sql(
            """
            select priced.billed_model_id, models.provider, priced.service_tier,
                priced.context_band, priced.meter, cast(sum(priced.quantity) as bigint),
                priced.list_unit_price,
                cast(sum(priced.quantity * priced.list_unit_price) as decimal(38, 12))
            from intermediate.int_rating__priced as priced
            inner join catalog.models on priced.billed_model_id = models.model_id
            where priced.price_currency = 'USD'
            group by all order by all
            """
        ).fetchall()
    return [Rated(*row) for row in rows]


def oracle(usage: Rated, quantity: int) -> Decimal | None:
    """What the package asks for a quantity of the same meter; None if it knows no such thing."""
    snapshot = get_snapshot()
    name = NAMES.get(usage.model, usage.model)
    try:
        _, model = snapshot.find_provider_model(name, None, usage.provider, None)
    except LookupError:
        return None
    if usage.meter not in USAGES:
        return None
    context = TIERS.get(usage.tier, {"service_tier": usage.tier})
    price = _in_band(model.get_prices(AFTER_ALL_STARTS, context), usage.band)
    told = dict.fromkeys(USAGES[usage.meter], quantity)
    with localcontext(prec=60):
        return price.calc_price(Usage(**told))["total_price"]


def _in_band(price: ModelPrice, band: int) -> ModelPrice:
    """The package's prices for one request of a band: it cannot know that usage is summed."""
    return ModelPrice(
        **{
            key: calc_unit_price(value, 1, band + 1, 1)
            if isinstance(value, TieredPrices)
            else value
            for key, value in vars(price).items()
        }
    )


def differences(rated: list[Rated]) -> Iterator[tuple[str, str, str]]:
    for usage in rated:
        if oracle(usage, 1) != usage.unit_price:
            yield usage.place


def test_costs_are_equal_to_the_last_digit_wherever_the_price_is(rated: list[Rated]) -> None:
    equal = [usage for usage in rated if oracle(usage, 1) == usage.unit_price]
    for usage in equal:
        assert oracle(usage, usage.quantity) == usage.cost, usage
    assert sum(usage.cost for usage in equal) > 1000


def test_every_difference_is_listed_with_its_reason(rated: list[Rated]) -> None:
    assert set(differences(rated)) == set(DIFFERENCES)


def test_most_models_agree_in_every_price_and_so_in_their_whole_cost(rated: list[Rated]) -> None:
    differing = {model for model, _, _ in DIFFERENCES}
    ours: defaultdict[str, Decimal] = defaultdict(Decimal)
    theirs: defaultdict[str, Decimal] = defaultdict(Decimal)
    for usage in rated:
        if usage.model not in differing:
            ours[usage.model] += usage.cost
            theirs[usage.model] += oracle(usage, usage.quantity) or 0
    assert ours == theirs
    assert len(ours) == 10


def test_both_say_the_same_of_glm_until_the_operator_changed_its_price(
    rated: list[Rated],
) -> None:
    """One unit of output: 2.2 dollars per million in both books, 1.9 by the operator."""
    output = [u for u in rated if (u.model, u.meter) == ("glm-4.6", "output_visible")]
    assert {usage.unit_price for usage in output} == {Decimal("0.0000022"), Decimal("0.0000019")}
    assert {oracle(usage, 1) for usage in output} == {Decimal("0.0000022")}
