"""What random customers use in a month: requests in every column that decides a price.

Here: rows of the native format. Counts lie near thresholds, instants on quarter hours more
often than chance would have it. Keep out: which of them are billed and at what price.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random

from tests.scenarios.cases import Row
from tests.scenarios.random_price_book import BAND, MODELS, NAMES, REGIONS, TIERS, TOKENS
from tests.scenarios.random_rows import MONTH_DAYS, MONTH_STARTS

OUTCOMES = ("success",) * 8 + ("client_aborted", "upstream_error", "rate_limited")
ALWAYS_COUNTED = ("input_uncached", "output_visible")
COUNTS_REQUESTS = "pixel"
"""The model whose logs may count requests themselves; it has a price for them in every tier."""


def requests_of(draw: Random, name: str, keys: Sequence[str]) -> Iterator[Row]:
    """Draw the requests of one customer's keys, some before and some after the month.

    Some customers always send the same, so that much usage meets one price, and others never.
    """
    habits = [_habit(draw, keys) for _ in range(draw.choice((1, 3, 25)))]
    for number in range(draw.randint(0, 25)):
        seconds = draw.randint(-86_400, (MONTH_DAYS + 1) * 86_400)
        quarter = draw.random() < 0.2
        at = MONTH_STARTS + timedelta(seconds=seconds - seconds % 900 if quarter else seconds)
        habit = draw.choice(habits)
        counts_itself = (
            habit["requested_model"] == habit["model"] == COUNTS_REQUESTS and draw.random() < 0.3
        )
        yield {
            "request_id": f"{name}-{number}",
            "completed_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            **habit,
            "outcome": draw.choice(OUTCOMES),
            "images": draw.choice(("", "", "1", "3", "20")),
            "web_searches": draw.choice(("", "", "", "2")),
            "meters": json.dumps({"request": draw.randint(0, 3)}) if counts_itself else "",
            **{meter: str(_count(draw, meter)) for meter in TOKENS},
        }


def _habit(draw: Random, keys: Sequence[str]) -> Row:
    """Draw what of a request decides its price, its sizes apart."""
    asked, answered = _models(draw)
    tier = draw.choice(("default", *TIERS))
    return {
        "api_key_id": draw.choice(keys),
        "requested_model": draw.choice(NAMES[asked]),
        "model": draw.choice(NAMES[answered]),
        "region": draw.choice(("", *REGIONS)),
        "service_tier": draw.choice((tier, tier, *TIERS)),
        "service_tier_served": tier,
        "is_byok": draw.choice(("", "", "", "", "false", "true")),
    }


def _models(draw: Random) -> tuple[str, str]:
    """Draw the model asked for and the one that answered, mostly the same."""
    answered = draw.choice(sorted(MODELS))
    return (draw.choice(sorted(MODELS)) if draw.random() < 0.2 else answered), answered


def _count(draw: Random, meter: str) -> int:
    """Draw a count near a threshold, small, or large; what is rarer is often nothing."""
    if meter not in ALWAYS_COUNTED and draw.random() < 0.7:
        return 0
    return draw.choice(
        (0, 1, BAND - 1, BAND, BAND + 1, draw.randint(1, 5_000), draw.randint(1, 10**9))
    )
