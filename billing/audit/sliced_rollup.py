"""The rollup added up by slice, open price windows and what decides a price.

Here: the one query of the second engine that grows with the rollup. Add an attribute when a
price depends on it. Keep out: prices, meters (`usage`); anything that is not billed.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

import duckdb

from billing.audit.price_clock import NONE_OPEN, PriceClock
from billing.audit.terms import Slice
from billing.audit.windows import Span, countable

_SLICES = """
create or replace temporary table audited_slice as
select unnest(from_json(?, '[{"slice_id": "INTEGER", "organization_id": "VARCHAR",
    "starts_at": "TIMESTAMP", "ends_at": "TIMESTAMP",
    "after_sequence": "BIGINT", "up_to_sequence": "BIGINT"}]'), recursive := true)
"""
"""A table, so that DuckDB knows how many there are: it plans for few rows of a text, and is slow."""
_SLICED = """
select slices.slice_id, {state}, keys.project_id, keys.payer, keys.billed_model_id,
       keys.service_tier, keys.region, keys.context_band, {quantities}
from {rows} as usage
inner join intermediate.dim_usage_key as keys on usage.usage_key_id = keys.usage_key_id
inner join audited_slice as slices
    on keys.organization_id = slices.organization_id
    and usage.quarter_hour >= slices.starts_at and usage.quarter_hour < slices.ends_at
    and usage.ingest_sequence > slices.after_sequence
    and usage.ingest_sequence <= slices.up_to_sequence
{clock}
where keys.not_billed_reason = '' {only}
group by all
"""
_CLOCK = """
inner join (
    select unnest(from_json(?, '[{"quarter_hour": "TIMESTAMP", "state": "INTEGER"}]'),
        recursive := true)
) as clock on usage.quarter_hour = clock.quarter_hour
"""
_ONLY_MODELS = "and keys.billed_model_id in (select unnest(?::varchar[]))"


class Attributes(NamedTuple):
    """What of a usage key decides its price and its place in a document."""

    project_id: str
    payer: str
    model_id: str
    service_tier: str
    region: str
    context_band: int


class Summed(NamedTuple):
    """Quantities that share slice, open windows and attributes."""

    slice: Slice
    open_windows: frozenset[str]
    attributes: Attributes
    quantities: Sequence[Any]


@dataclass(frozen=True)
class SlicedRollup:
    """Adds the billable rollup up over some slices; without slices there is nothing."""

    connection: duckdb.DuckDBPyConnection
    slices: Sequence[Slice]
    clock: PriceClock

    def sums(
        self, table: str, quantities: str, models: Sequence[str] | None = None
    ) -> Iterator[Summed]:
        """Yield `quantities`, an SQL list, of a table of the rollup; of some `models` only."""
        if not self.slices:
            return
        hours, states = self._hours
        names = {
            "state": "clock.state" if hours else "0",
            "clock": _CLOCK if hours else "",
            "only": "" if models is None else _ONLY_MODELS,
            "rows": countable(f"intermediate.{table}", "quarter_hour", self._spans),
            "quantities": quantities,
        }
        query = _SLICED
        for name, text in names.items():
            query = query.replace(f"{{{name}}}", text)
        parameters = [*hours, *([] if models is None else [models])]
        self.connection.execute(_SLICES, [self._rows])
        for slice_id, state, *row in self.connection.execute(query, parameters).fetchall():
            attributes = Attributes(row[0], row[1], row[2], row[3], row[4], int(row[5]))
            yield Summed(self.slices[slice_id], states[state], attributes, row[6:])

    @property
    def _spans(self) -> list[Span]:
        return [(row.starts_at, row.ends_at, row.window.after_sequence) for row in self.slices]

    @cached_property
    def _span(self) -> tuple[datetime, datetime]:
        return min(row.starts_at for row in self.slices), max(row.ends_at for row in self.slices)

    @cached_property
    def _hours(self) -> tuple[list[str], list[frozenset[str]]]:
        """Return each quarter hour with the number of its state, and the states."""
        if not self.clock.has_windows:
            return [], [NONE_OPEN]
        numbers: dict[frozenset[str], int] = {}
        hours = [
            {
                "quarter_hour": quarter_hour.isoformat(),
                "state": numbers.setdefault(windows, len(numbers)),
            }
            for quarter_hour, windows in self.clock.quarter_hours(*self._span)
        ]
        return [json.dumps(hours)], list(numbers)

    @cached_property
    def _rows(self) -> str:
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
            for slice_id, slice_ in enumerate(self.slices)
        ]
        return json.dumps(rows)
