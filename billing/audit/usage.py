"""Billable usage from the rollup, as integers per slice and price-deciding attributes.

Here: the one query of the second engine that grows with the rollup. Add an attribute when a
price depends on it. Keep out: prices; anything that is not billed.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import duckdb

from billing.audit.price_clock import NONE_OPEN, PriceClock
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


@dataclass(frozen=True, slots=True)
class Usage:
    """A quantity of one meter in one slice, in the meter's smallest unit."""

    slice: Slice
    attributes: Attributes
    meter: str
    quantity: int
    open_windows: frozenset[str] = NONE_OPEN


_SLICED = """
with slices as (
    select unnest(from_json(?, '[{"slice_id": "INTEGER", "organization_id": "VARCHAR",
        "starts_at": "TIMESTAMP", "ends_at": "TIMESTAMP",
        "after_sequence": "BIGINT", "up_to_sequence": "BIGINT"}]'), recursive := true)
)
select slices.slice_id, {state}, keys.project_id, keys.payer, keys.billed_model_id, keys.service_tier,
       keys.region, keys.context_band, {quantities}
from intermediate.{table} as usage
inner join intermediate.dim_usage_key as keys on usage.usage_key_id = keys.usage_key_id
inner join slices
    on keys.organization_id = slices.organization_id
    and usage.quarter_hour >= slices.starts_at and usage.quarter_hour < slices.ends_at
    and usage.ingest_sequence > slices.after_sequence
    and usage.ingest_sequence <= slices.up_to_sequence
{clock}
where keys.not_billed_reason = '' and usage.quarter_hour >= ? and usage.quarter_hour < ?
group by all
"""
_CLOCK = """
inner join (
    select unnest(from_json(?, '[{"quarter_hour": "TIMESTAMP", "state": "INTEGER"}]'),
        recursive := true)
) as clock on usage.quarter_hour = clock.quarter_hour
"""
States = Sequence[frozenset[str]]


def read_usage(
    connection: duckdb.DuckDBPyConnection, slices: Sequence[Slice], clock: PriceClock | None = None
) -> dict[str, list[Usage]]:
    """Sum the billable rollup per slice, open price windows and attributes, by organization."""
    found: dict[str, list[Usage]] = {}
    if not slices:
        return found
    query, parameters, states = _prepared(slices, clock or PriceClock())
    for usage in (
        *_main(connection, query, parameters, (slices, states)),
        *_other(connection, query, parameters, (slices, states)),
    ):
        found.setdefault(usage.slice.window.organization_id, []).append(usage)
    return found


def _prepared(slices: Sequence[Slice], clock: PriceClock) -> tuple[str, list[object], States]:
    """Return the query, its parameters and the windows open in each state of the clock."""
    rows, *bounds = _parameters(slices)
    if not clock.has_windows:
        query = _SLICED.replace("{state}", "0").replace("{clock}", "")
        return query, [rows, *bounds], [NONE_OPEN]
    numbers: dict[frozenset[str], int] = {}
    hours = [
        {
            "quarter_hour": quarter_hour.isoformat(),
            "state": numbers.setdefault(windows, len(numbers)),
        }
        for quarter_hour, windows in clock.quarter_hours(*_span(slices))
    ]
    query = _SLICED.replace("{state}", "clock.state").replace("{clock}", _CLOCK)
    return query, [rows, json.dumps(hours), *bounds], list(numbers)


def _main(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    parameters: list[object],
    known: tuple[Sequence[Slice], States],
) -> Iterator[Usage]:
    slices, states = known
    quantities = ", ".join(f"sum(usage.{meter}_tokens)" for meter in MAIN_METERS)
    query = _of(query, quantities, "int_usage__quarter_hours")
    for slice_id, state, *row in connection.execute(query, parameters).fetchall():
        attributes = _attributes(row)
        for meter, quantity in zip(MAIN_METERS, row[6:], strict=True):
            if quantity:
                yield Usage(slices[slice_id], attributes, meter, int(quantity), states[state])


def _other(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    parameters: list[object],
    known: tuple[Sequence[Slice], States],
) -> Iterator[Usage]:
    slices, states = known
    query = _of(query, "usage.meter, sum(usage.quantity)", "int_usage__quarter_hour_meters")
    for slice_id, state, *row in connection.execute(query, parameters).fetchall():
        meter, quantity = row[6:]
        if quantity:
            attributes = _attributes(row)
            yield Usage(slices[slice_id], attributes, meter, int(quantity), states[state])


def _of(query: str, quantities: str, table: str) -> str:
    return query.replace("{quantities}", quantities).replace("{table}", table)


def _attributes(row: Sequence[Any]) -> Attributes:
    return Attributes(row[0], row[1], row[2], row[3], row[4], int(row[5]))


def _span(slices: Sequence[Slice]) -> tuple[datetime, datetime]:
    return min(row.starts_at for row in slices), max(row.ends_at for row in slices)


def _parameters(slices: Sequence[Slice]) -> list[object]:
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
    return [json.dumps(rows), *_span(slices)]
