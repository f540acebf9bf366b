"""What was used in parts of periods, by model and file, from the rollup.

Here: one query of tokens and requests, one of other meters. Keep out: which parts there are
(`overage_parts`) and what of their use is included (`overages`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from billing.audit.overage_parts import Part
from billing.audit.usage import MAIN_METERS, MODALITY_METERS

_PARTS = """
create or replace temporary table audited_part as
select unnest(from_json(?, '[{"place": "INTEGER", "subscription_id": "VARCHAR",
    "counts_from": "TIMESTAMP", "counts_to": "TIMESTAMP", "up_to_sequence": "BIGINT"}]'),
    recursive := true)
"""
_USED = """
select parts.place, keys.requested_model_id, usage.ingest_sequence, {quantities}
from intermediate.{table} as usage
inner join intermediate.dim_usage_key as keys on usage.usage_key_id = keys.usage_key_id
inner join audited_part as parts
    on keys.payer_id = parts.subscription_id
    and usage.quarter_hour >= parts.counts_from and usage.quarter_hour < parts.counts_to
    and usage.ingest_sequence <= parts.up_to_sequence
where keys.payer = 'subscription' and keys.not_billed_reason = 'included_in_subscription'
    and usage.quarter_hour >= (select min(counts_from) from audited_part)
group by all
"""
_TOKENS = " + ".join(f"sum(usage.{meter}_tokens)" for meter in MAIN_METERS)
PICTURES = ("image", "generation")
"""Meters that say how many generations their requests made; other requests made one."""


@dataclass(frozen=True, slots=True)
class Used:
    """What one file has of a part and of the model asked for; below zero where it takes back."""

    model_id: str
    sequence: int
    tokens: int = 0
    requests: int = 0
    generations: int = 0

    def of(self, counted: str) -> int:
        """Return tokens, requests or generations."""
        quantity: int = getattr(self, counted)
        return quantity


def read_used(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> list[list[Used]]:
    """Return what was used of each part, in their order."""
    found: list[list[Used]] = [[] for _ in parts]
    if not parts:
        return found
    connection.execute(_PARTS, [_text(parts)])
    query = _USED.format(
        table="int_usage__quarter_hours", quantities=f"{_TOKENS}, sum(usage.requests)"
    )
    for place, model_id, sequence, tokens, requests in connection.execute(query).fetchall():
        found[place].append(Used(model_id, sequence, int(tokens), int(requests), int(requests)))
    query = _USED.format(
        table="int_usage__quarter_hour_meters",
        quantities="usage.meter, sum(usage.quantity), sum(usage.requests)",
    )
    for place, model_id, sequence, meter, quantity, requests in connection.execute(
        query
    ).fetchall():
        if meter in MODALITY_METERS:
            found[place].append(Used(model_id, sequence, tokens=int(quantity)))
        elif meter in PICTURES:
            more = int(quantity) - int(requests)
            found[place].append(Used(model_id, sequence, generations=more))
    return found


def _text(parts: Sequence[Part]) -> str:
    rows = [
        {
            "place": place,
            "subscription_id": counted.subscription_id,
            "counts_from": counted.counts_from.isoformat(),
            "counts_to": counted.counts_to.isoformat(),
            "up_to_sequence": part.window.up_to_sequence,
        }
        for place, part in enumerate(parts)
        for counted in part.counted
    ]
    return json.dumps(rows)
