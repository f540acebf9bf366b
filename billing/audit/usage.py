"""Billable usage from the rollup, as integers per slice and price-deciding attributes.

Here: token meters, other meters, and requests where requests have a price. Add a kind of
quantity here. Keep out: the query (`sliced_rollup`) and prices.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from billing.audit.price_clock import NONE_OPEN
from billing.audit.sliced_rollup import Attributes, SlicedRollup
from billing.audit.terms import Slice

MAIN_METERS = (
    "input_uncached",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "cache_write_unknown_ttl",
    "output_visible",
    "output_reasoning",
)
MODALITY_METERS = (
    "input_audio",
    "input_image",
    "cache_read_audio",
    "output_audio",
    "output_image",
)
"""Tokens of one modality, where a log counts them apart."""
METER_ORDER = {meter: place for place, meter in enumerate(MAIN_METERS)}
"""Places on a document; the other meters follow by name."""
REQUEST = "request"
QUARTER_HOURS = "int_usage__quarter_hours"
OTHER_METERS = "int_usage__quarter_hour_meters"


class Share(NamedTuple):
    """Why a quantity is free, or which step prices it; nothing when its price row does.

    `is_moved` quantities were billed before: they are taken back at one step or charged at
    another.
    """

    allowance_id: str = ""
    tier_schedule_id: str = ""
    tier_step: int = 0
    is_moved: bool = False


WHOLE = Share()


@dataclass(frozen=True, slots=True)
class Usage:
    """A quantity of one meter in one slice, in the meter's smallest unit.

    A quantity that counts only `if_priced` is none where no price row is found for it.
    `charged` differs where whole packages are charged.
    """

    slice: Slice
    attributes: Attributes
    meter: str
    quantity: int
    open_windows: frozenset[str] = NONE_OPEN
    if_priced: bool = False
    share: Share = WHOLE
    charged: int | None = None


def read_usage(rollup: SlicedRollup, priced_requests: Collection[str]) -> dict[str, list[Usage]]:
    """Sum the billable rollup per slice, open price windows and attributes, by organization.

    `priced_requests` are the models for which a price per request exists somewhere.
    """
    found: dict[str, list[Usage]] = {}
    for usage in (*_main(rollup), *_other(rollup), *_requests(rollup, priced_requests)):
        found.setdefault(usage.slice.window.organization_id, []).append(usage)
    return found


def _main(rollup: SlicedRollup) -> Iterator[Usage]:
    quantities = ", ".join(f"sum(usage.{meter}_tokens)" for meter in MAIN_METERS)
    for row in rollup.sums(QUARTER_HOURS, quantities):
        for meter, quantity in zip(MAIN_METERS, row.quantities, strict=True):
            if quantity:
                yield Usage(row.slice, row.attributes, meter, int(quantity), row.open_windows)


def _other(rollup: SlicedRollup) -> Iterator[Usage]:
    for row in rollup.sums(OTHER_METERS, "usage.meter, sum(usage.quantity)"):
        meter, quantity = row.quantities
        if quantity:
            yield Usage(row.slice, row.attributes, meter, int(quantity), row.open_windows)


def _requests(rollup: SlicedRollup, models: Collection[str]) -> Iterator[Usage]:
    """Count each request, except those whose own rows say how many `request` they are."""
    if not models:
        return
    names = sorted(models)
    sums: Counter[tuple[Slice, Attributes, frozenset[str]]] = Counter()
    for row in rollup.sums(QUARTER_HOURS, "sum(usage.requests)", names):
        sums[row.slice, row.attributes, row.open_windows] += int(row.quantities[0])
    for row in rollup.sums(OTHER_METERS, "usage.meter, sum(usage.requests)", names):
        meter, requests = row.quantities
        if meter == REQUEST:
            sums[row.slice, row.attributes, row.open_windows] -= int(requests)
    for (slice_, attributes, windows), quantity in sums.items():
        if quantity:
            yield Usage(slice_, attributes, REQUEST, quantity, windows, if_priced=True)
