"""From texts to values: counts, instants, disjoint meters and known keys, as SQL.

Here: the expressions of each step of `staging.py`, one function per step, every one a list of
columns added to those before. Keep out: the order of the steps and what is a fault.
"""

from datetime import datetime

from billing.ingestion.checks import (
    EARLIEST_COMPLETION,
    FUTURE_TOLERANCE,
    LARGEST_COUNT,
    LARGEST_STATUS,
)
from billing.ingestion.formats import COUNT_FIELDS, FIELDS, SourceFormat
from billing.ingestion.tables import INPUT_METERS, MAIN_METERS, OUTPUT_METERS

_INSTANT_WITH_ZONE = r"\d{4}-.*:\d\d(\.\d+)?([zZ]|[+-]\d\d(:?\d\d)?)"
_LIFETIMES = "coalesce(cache_write_5m_count, 0) + coalesce(cache_write_1h_count, 0)"
# Text that is empty says as little as text that is absent.
_EMPTY_IS_ABSENT = (
    *("native_id", "kind", "organization_id", "project_id", "key"),
    *("requested_model", "answered_model", "usage_quality"),
)


def nested(source: SourceFormat) -> str:
    """Parse each nested column once for all its paths; text that is no JSON is kept out."""
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


def texts(source: SourceFormat) -> str:
    """Every field as `<field>_text`, null where the format or the row does not give it."""
    expressions = {name: source.fields.get(name, "null") for name in FIELDS}
    for name in _EMPTY_IS_ABSENT:
        expressions[name] = f"nullif({expressions[name]}, '')"
    return ", ".join(f"cast({sql} as varchar) as {name}_text" for name, sql in expressions.items())


def numbers_and_instants() -> str:
    """`<field>_count`, `<field>_instant` and the cost, null where the text is none.

    Counts go through DOUBLE: exact below 2^53, and unlike BIGINT it never rounds 1.5 away.
    """
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


def disjoint_meters(source: SourceFormat) -> str:
    """`<meter>_part`; below zero where other parts took more than the total."""
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


def matches(source: SourceFormat, now: datetime) -> str:
    """What the catalog knows of the row, whether its time is one, and the sums of its parts."""
    in_range = (
        f"completed_at_instant >= timestamp '{EARLIEST_COMPLETION}' and completed_at_instant "
        f"<= timestamp '{now:%Y-%m-%d %H:%M:%S}' + interval '{FUTURE_TOLERANCE}'"
    )
    return ", ".join(
        (
            f"try_cast(key_text as known_{source.key_column}) as known_key",
            f"{_owner('organization_id', source.key_column)} as is_own_organization",
            f"{_owner('project_id', source.key_column)} as is_own_project",
            "try_cast(outcome_text as known_outcome) as known_outcome",
            f"case when {in_range} then completed_at_instant end as completed_at",
            *_total(source, "input_total", INPUT_METERS),
            *_total(source, "output_total", OUTPUT_METERS),
        )
    )


def _owner(column: str, key_column: str) -> str:
    """Whether the owner a row names is its key's; one it does not name is."""
    pair = f"key_text || chr(31) || {column}_text"
    return f"({column}_text is null or try_cast({pair} as {column}_of_{key_column}) is not null)"


def _total(source: SourceFormat, total: str, meters: tuple[str, ...]) -> tuple[str, str]:
    """A part below zero is what other parts took too much of, so it cannot make them fit."""
    added = " + ".join(f"greatest({name}_part, 0)" for name in meters)
    given = f"coalesce({total}_count, 0)" if source.totals_lead else f"{total}_count"
    return f"{added} as {total}_added", f"{given} as {total}_given"
