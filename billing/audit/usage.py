"""Billable usage from the rollup, as integers per slice and price-deciding attributes.

Here: the one query of the second engine that grows with the rollup. Add an attribute when a
price depends on it. Keep out: prices; anything that is not billed.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import duckdb

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
OTHER_METERS = (
    "image",
    "web_search",
    "request",
    "video_second",
    "audio_second",
    "character",
    "page",
    "generation",
    "task",
)
METER_ORDER = {meter: place for place, meter in enumerate((*MAIN_METERS, *OTHER_METERS))}


class Attributes(NamedTuple):
    """What of a usage key decides its price and its place in a document."""

    project_id: str
    payer: str
    model_id: str
    service_tier: str
    region: str
    context_band: int


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

    `charged` differs where whole packages are charged.
    """

    slice: Slice
    attributes: Attributes
    meter: str
    quantity: int
    share: Share = WHOLE
    charged: int | None = None


SLICES_CTE = """
with slices as (
    select unnest(from_json(?, '[{"slice_id": "INTEGER", "organization_id": "VARCHAR",
        "starts_at": "TIMESTAMP", "ends_at": "TIMESTAMP",
        "after_sequence": "BIGINT", "up_to_sequence": "BIGINT"}]'), recursive := true)
)
"""
_SLICED = f"""
{SLICES_CTE}
select slices.slice_id, keys.project_id, keys.payer, keys.billed_model_id, keys.service_tier,
       keys.region, keys.context_band, {{quantities}}
from intermediate.{{table}} as usage
inner join intermediate.dim_usage_key as keys on usage.usage_key_id = keys.usage_key_id
inner join slices
    on keys.organization_id = slices.organization_id
    and usage.quarter_hour >= slices.starts_at and usage.quarter_hour < slices.ends_at
    and usage.ingest_sequence > slices.after_sequence
    and usage.ingest_sequence <= slices.up_to_sequence
where keys.not_billed_reason = '' and usage.quarter_hour >= ? and usage.quarter_hour < ?
group by all
"""


def read_usage(
    connection: duckdb.DuckDBPyConnection, slices: Sequence[Slice]
) -> dict[str, list[Usage]]:
    """Sum the billable rollup per slice and attributes; returns it by organization."""
    found: dict[str, list[Usage]] = {}
    if not slices:
        return found
    for usage in (*_main(connection, slices), *_other(connection, slices)):
        found.setdefault(usage.slice.window.organization_id, []).append(usage)
    return found


def _main(connection: duckdb.DuckDBPyConnection, slices: Sequence[Slice]) -> Iterator[Usage]:
    quantities = ", ".join(f"sum(usage.{meter}_tokens)" for meter in MAIN_METERS)
    query = _sliced(quantities, "int_usage__quarter_hours")
    for slice_id, *row in connection.execute(query, slice_parameters(slices)).fetchall():
        attributes = _attributes(row)
        for meter, quantity in zip(MAIN_METERS, row[6:], strict=True):
            if quantity:
                yield Usage(slices[slice_id], attributes, meter, int(quantity))


def _other(connection: duckdb.DuckDBPyConnection, slices: Sequence[Slice]) -> Iterator[Usage]:
    query = _sliced("usage.meter, sum(usage.quantity)", "int_usage__quarter_hour_meters")
    for slice_id, *row in connection.execute(query, slice_parameters(slices)).fetchall():
        meter, quantity = row[6:]
        if quantity:
            yield Usage(slices[slice_id], _attributes(row), meter, int(quantity))


def _sliced(quantities: str, table: str) -> str:
    return _SLICED.replace("{quantities}", quantities).replace("{table}", table)


def _attributes(row: Sequence[Any]) -> Attributes:
    return Attributes(row[0], row[1], row[2], row[3], row[4], int(row[5]))


def slice_parameters(slices: Sequence[Slice]) -> list[object]:
    """Return the parameters of `SLICES_CTE`, and the first and last instant of all slices."""
    # one text: binding a list costs DuckDB's client about 40 microseconds per value
    rows = [
        {
            "slice_id": slice_id,
            "organization_id": slice_.window.organization_id,
            "starts_at": slice_.starts_at.isoformat(),
            "ends_at": slice_.ends_at.isoformat(),
            "after_sequence": slice_.window.after_sequence,
            "up_to_sequence": slice_.window.up_to_sequence,
        }
        for slice_id, slice_ in enumerate(slices)
    ]
    return [
        json.dumps(rows),
        min(slice_.starts_at for slice_ in slices),
        max(slice_.ends_at for slice_ in slices),
    ]
