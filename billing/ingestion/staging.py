"""From a container's text columns to one staged, judged row per request.

Here: the SQL that reads texts, turns them into values and finds the first fault of each row,
in one parallel pass. Add a canonical column here and in `tables.py`. Keep out: where texts
come from (`readers.py`) and comparing rows with each other (`duplicates.py`).
"""

from datetime import UTC, datetime

import duckdb

from billing.ingestion.checks import (
    CHECKS,
    EARLIEST_COMPLETION,
    FUTURE_TOLERANCE,
    LARGEST_COUNT,
    LARGEST_STATUS,
)
from billing.ingestion.formats import COUNT_FIELDS, FIELDS, SourceFormat
from billing.ingestion.keys import choose_keys
from billing.ingestion.tables import INPUT_METERS, MAIN_METERS, OTHER_METERS, OUTPUT_METERS

_INSTANT_WITH_ZONE = r"\d{4}-.*:\d\d(\.\d+)?([zZ]|[+-]\d\d(:?\d\d)?)"
_LIFETIMES = "coalesce(cache_write_5m_count, 0) + coalesce(cache_write_1h_count, 0)"
_TEXTS = (
    "requested_model answered_model provider region service_tier_asked service_tier is_byok "
    "outcome status_code throttle_cause usage_quality started_at completed_at latency_ms "
    "source_cost_usd"
)
CONTENT = ("api_key_id", *_TEXTS.split(), *MAIN_METERS, *OTHER_METERS)
_STAGED = ("native_id", "kind", "key_code", *CONTENT[1:])


def stage(
    connection: duckdb.DuckDBPyConnection, source: SourceFormat, relation: str, now: datetime
) -> int:
    """Create the temporary table `staged_row` in the order of `relation`; returns its rows.

    `relation` is an SQL query that gives the format's columns as text. Its n-th row gets
    rowid n - 1. Raises duckdb.Error when the container cannot be read to its end.
    """
    choose_keys(connection, source.key_column)
    statement = _statement(source, relation, now.astimezone(UTC))
    connection.execute(f"create or replace temp table staged_row as {statement}")
    counted = connection.execute("select count(*) from staged_row").fetchone()
    return int(counted[0]) if counted else 0


def content_hash(columns: tuple[str, ...] = CONTENT) -> str:
    """The SQL that hashes canonical content, over columns in the order of `CONTENT`."""
    return f"hash({', '.join(columns)})"


def _statement(source: SourceFormat, relation: str, now: datetime) -> str:
    return f"""
with source as ({relation}),
nested as (select *, {_nested(source)} from source),
texts as (select is_unreadable, {_texts(source)} from nested),
values_read as (select *, {_values()} from texts),
disjoint as (select *, {_disjoint(source)} from values_read),
matched as (select *, {_matched(source, now)} from disjoint),
judged as (select *, {_first_fault()} from matched),
canonical as (select problem, {_detail()}, {_canonical()} from judged)
select problem, detail, {", ".join(_STAGED)} from canonical"""


def _nested(source: SourceFormat) -> str:
    """Each nested column is parsed once for all its paths; text that is no JSON is kept out."""
    given = ", ".join(f'"{name}"' for name in source.columns)
    columns = sorted({column for column, _ in source.nested.values()})
    unreadable = [f"coalesce({given}) is null", *(f'not json_valid("{c}")' for c in columns)]
    parts = [f"({' or '.join(unreadable)}) as is_unreadable"]
    for column in columns:
        aliases = {name: path for name, (of, path) in source.nested.items() if of == column}
        paths = ", ".join(f"'{path}'" for path in aliases.values())
        parts.append(
            f'json_extract_string(case when json_valid("{column}") then "{column}" end, '
            f"[{paths}]) as found_in_{column}"
        )
        parts += [f"found_in_{column}[{n}] as {name}" for n, name in enumerate(aliases, 1)]
    return ", ".join(parts)


def _texts(source: SourceFormat) -> str:
    expressions = {name: source.fields.get(name, "null") for name in FIELDS}
    for name in ("native_id", "key", "organization_id", "project_id", "kind", "usage_quality"):
        expressions[name] = f"nullif({expressions[name]}, '')"
    for name in ("requested_model", "answered_model"):
        expressions[name] = f"nullif({expressions[name]}, '')"
    return ", ".join(f"cast({sql} as varchar) as {name}_text" for name, sql in expressions.items())


def _values() -> str:
    """Counts go through DOUBLE: exact below 2^53, and unlike BIGINT it never rounds 1.5 away."""
    numbers = [f"try_cast({name}_text as double) as {name}_number" for name in COUNT_FIELDS]
    counts = [
        f"case when {name}_number >= 0 "
        f"and {name}_number <= {LARGEST_STATUS if name == 'status_code' else LARGEST_COUNT} "
        f"and {name}_number = floor({name}_number) "
        f"then cast({name}_number as bigint) end as {name}_count"
        for name in COUNT_FIELDS
    ]
    instants = [_instant("completed_at"), _instant("started_at")]
    cost = "try_cast(source_cost_usd_text as decimal(18, 12)) as source_cost_usd"
    return ", ".join((*numbers, *counts, *instants, cost))


def _instant(name: str) -> str:
    """A text names an instant only with its zone; DuckDB would take a local time as UTC."""
    text = f"{name}_text"
    return (
        f"case when ends_with({text}, 'Z') then try_cast({text} as timestamp) "
        f"when regexp_full_match({text}, '{_INSTANT_WITH_ZONE}') "
        f"then try_cast(upper({text}) as timestamptz) at time zone 'UTC' end as {name}_instant"
    )


def _disjoint(source: SourceFormat) -> str:
    meters = {name: f"coalesce({name}_count, 0)" for name in MAIN_METERS}
    if source.totals_lead:
        unknown = f"coalesce(cache_write_total_count - ({_LIFETIMES}), 0)"
        meters["cache_write_unknown_ttl"] = unknown
        meters["input_uncached"] = (
            "coalesce(input_total_count, 0) - coalesce(cache_read_count, 0) "
            f"- ({_LIFETIMES}) - {unknown}"
        )
        meters["output_visible"] = (
            "coalesce(output_total_count, 0) - coalesce(output_reasoning_count, 0)"
        )
    return ", ".join(f"{sql} as {name}_part" for name, sql in meters.items())


def _matched(source: SourceFormat, now: datetime) -> str:
    in_range = (
        f"completed_at_instant >= timestamp '{EARLIEST_COMPLETION}' and completed_at_instant "
        f"<= timestamp '{now:%Y-%m-%d %H:%M:%S}' + interval '{FUTURE_TOLERANCE}'"
    )
    return ", ".join(
        (
            f"try_cast(key_text as known_{source.key_column}) as known_key",
            *(_owned(owner, source.key_column) for owner in ("organization_id", "project_id")),
            "try_cast(outcome_text as known_outcome) as known_outcome",
            f"case when {in_range} then completed_at_instant end as completed_at",
            *_total(source, "input_total", INPUT_METERS),
            *_total(source, "output_total", OUTPUT_METERS),
        )
    )


def _total(source: SourceFormat, total: str, meters: tuple[str, ...]) -> tuple[str, str]:
    """A part below zero is what other parts took too much of, so it cannot make them fit."""
    added = " + ".join(f"greatest({name}_part, 0)" for name in meters)
    given = f"coalesce({total}_count, 0)" if source.totals_lead else f"{total}_count"
    return f"{added} as {total}_added", f"{given} as {total}_given"


def _owned(owner: str, key_column: str) -> str:
    pair = f"key_text || chr(31) || {owner}_text"
    return f"try_cast({pair} as {owner}_of_{key_column}) as owned_{owner}"


def _first_fault() -> str:
    cases = " ".join(f"when {check.condition} then {n}" for n, check in enumerate(CHECKS, 1))
    return f"cast(case {cases} end as utinyint) as problem"


def _detail() -> str:
    cases = " ".join(f"when {n} then {check.detail}" for n, check in enumerate(CHECKS, 1))
    return f"case when problem is not null then left(case problem {cases} end, 200) end as detail"


def _canonical() -> str:
    asked = "coalesce(service_tier_asked_text, '')"
    given = " , ".join(f"{name}_text" for name in COUNT_FIELDS if name in _USAGE_COUNTS)
    expressions = {
        "native_id": "native_id_text",
        "kind": "coalesce(kind_text, 'usage')",
        "key_code": "enum_code(known_key)",
        "requested_model": "coalesce(requested_model_text, answered_model_text, '')",
        "answered_model": "coalesce(answered_model_text, requested_model_text, '')",
        "service_tier_asked": asked,
        "service_tier": f"case when {_SERVED} in ('', 'auto', 'standard') then 'default' "
        f"else {_SERVED} end",
        "is_byok": "coalesce(try_cast(is_byok_text as boolean), false)",
        "status_code": "cast(coalesce(status_code_count, 0) as smallint)",
        "usage_quality": f"coalesce(usage_quality_text, case when coalesce({given}) is null "
        "then 'missing' else 'reported' end)",
        "started_at": "started_at_instant",
        "completed_at": "completed_at",
        "latency_ms": "coalesce(latency_ms_count, "
        "greatest(epoch_ms(completed_at) - epoch_ms(started_at_instant), 0))",
        "source_cost_usd": "source_cost_usd",
    }
    for name in ("provider", "region", "outcome", "throttle_cause"):
        expressions[name] = f"coalesce({name}_text, '')"
    for name in MAIN_METERS:
        expressions[name] = f"greatest({name}_part, 0)"
    for name in OTHER_METERS:
        expressions[name] = f"coalesce({name}_count, 0)"
    return ", ".join(f"{sql} as {name}" for name, sql in expressions.items())


_SERVED = "coalesce(nullif(service_tier_text, ''), service_tier_asked_text, '')"
_USAGE_COUNTS = frozenset(COUNT_FIELDS) - {"latency_ms", "status_code"}
