"""From texts to values: counts, instants, disjoint meters and known keys, as SQL.

Here: the expressions of each step of `staging.py`, one function per step, every one a list of
columns added to those before. Keep out: the order of the steps and what is a fault.
"""

from datetime import datetime

from billing.ingestion.canonical import COUNT_FIELDS, FIELDS, SourceFormat
from billing.ingestion.checks import (
    EARLIEST_COMPLETION,
    FUTURE_TOLERANCE,
    LARGEST_COUNT,
    LARGEST_STATUS,
)
from billing.ingestion.keys import is_owner
from billing.ingestion.literals import text_literal
from billing.ingestion.mapping.instants import timestamp_of
from billing.ingestion.tables import INPUT_METERS, MAIN_METERS, OUTPUT_METERS

UNREADABLE = '"is""unreadable"'
_BROKEN = '"is""broken"'
_LIFETIMES = "coalesce(cache_write_5m_count, 0) + coalesce(cache_write_1h_count, 0)"
# Text that is empty says as little as text that is absent.
_EMPTY_IS_ABSENT = (
    *("native_id", "kind", "response_id", "parent_id", "parent_relation"),
    *("organization_id", "project_id", "key"),
    *("requested_model", "answered_model", "usage_quality"),
)


def nested(source: SourceFormat) -> str:
    """Parse each nested column once for all its paths; text that is no JSON is kept out."""
    given = ", ".join(f'"{name}"' for name in source.columns)
    columns = sorted({column for column, _ in source.nested.values()})
    broken = [f'("{name}" <> \'\' and not json_valid("{name}"))' for name in columns]
    is_broken = f"coalesce({' or '.join(broken)}, false)" if broken else "false"
    # Names with a quotation mark in them, which no column of a log can have (`mapping/paths.py`).
    parts = [
        f"{is_broken} as {_BROKEN}",
        f"(coalesce({given}) is null or {is_broken}) as {UNREADABLE}",
    ]
    for number, column in enumerate(columns):
        aliases = {name: path for name, (of, path) in source.nested.items() if of == column}
        paths = ", ".join(text_literal(path) for path in aliases.values())
        parts.append(
            f'json_extract_string(case when json_valid("{column}") then "{column}" end, '
            f'[{paths}]) as "found""in {number}"'
        )
        parts += [f'"found""in {number}"[{n}] as {name}' for n, name in enumerate(aliases, 1)]
    return ", ".join(parts)


def texts(source: SourceFormat) -> str:
    """Every field as `<field>_text`, null where the format or the row does not give it."""
    expressions = {name: source.fields.get(name, "null") for name in FIELDS}
    for name in _EMPTY_IS_ABSENT:
        expressions[name] = f"nullif({expressions[name]}, '')"
    return ", ".join(f"cast({sql} as varchar) as {name}_text" for name, sql in expressions.items())


def told_apart(source: SourceFormat) -> str:
    """`ignored_rule`, the name of the rule by which a row is no request, and `row_version`."""
    cases = " ".join(f"when {sql} then {text_literal(name)}" for name, sql in source.ignored)
    # Of a row with a part that cannot be parsed no rule can say that it is no request.
    rule = f"case when {_BROKEN} then null {cases} end" if cases else "null"
    return (
        f"cast({rule} as varchar) as ignored_rule, "
        f"cast({source.version or 0} as bigint) as row_version"
    )


def number_in(text: str) -> str:
    """SQL of a count as a number, null where its text is none.

    Counts go through DOUBLE: exact below 2^53, and unlike BIGINT it never rounds 1.5 away.
    """
    return f"try_cast({text} as double)"


def numbers_and_instants() -> str:
    """`<field>_count`, `<field>_instant` and the cost, null where the text is none."""
    numbers = [f"{number_in(f'{name}_text')} as {name}_number" for name in COUNT_FIELDS]
    counts = [
        f"case when {name}_number >= 0 "
        f"and {name}_number <= {LARGEST_STATUS if name == 'status_code' else LARGEST_COUNT} "
        f"and {name}_number = floor({name}_number) "
        f"then cast({name}_number as bigint) end as {name}_count"
        for name in COUNT_FIELDS
    ]
    instants = [
        f"{timestamp_of(f'{name}_text')} as {name}_instant"
        for name in ("completed_at", "started_at")
    ]
    cost = "try_cast(source_cost_usd_text as decimal(18, 12)) as source_cost_usd"
    return ", ".join((*numbers, *counts, *instants, cost))


def disjoint_meters(source: SourceFormat) -> str:
    """`<meter>_part`; below zero where other parts took more than the total."""
    meters = {name: f"coalesce({name}_count, 0)" for name in MAIN_METERS}
    if source.gives("cache_write_total"):
        unknown = f"coalesce(cache_write_total_count - ({_LIFETIMES}), 0)"
        meters["cache_write_unknown_ttl"] = unknown
    if _total_leads(source, "input_total"):
        meters["input_uncached"] = (
            "coalesce(input_total_count, 0) - coalesce(cache_read_count, 0) "
            f"- ({_LIFETIMES}) - {meters['cache_write_unknown_ttl']}"
        )
    if _total_leads(source, "output_total"):
        meters["output_visible"] = (
            "coalesce(output_total_count, 0) - coalesce(output_reasoning_count, 0)"
        )
    return ", ".join(f"{sql} as {name}_part" for name, sql in meters.items())


def _total_leads(source: SourceFormat, total: str) -> bool:
    """Whether a total is what the source counted and its first part is what others leave."""
    rest = "input_uncached" if total == "input_total" else "output_visible"
    return source.gives(total) and not source.gives(rest)


def matches(source: SourceFormat, now: datetime) -> str:
    """What the catalog knows of the row, whether its time is one, and the sums of its parts."""
    in_range = (
        f"completed_at_instant >= timestamp '{EARLIEST_COMPLETION}' and completed_at_instant "
        f"<= timestamp '{now:%Y-%m-%d %H:%M:%S}' + interval '{FUTURE_TOLERANCE}'"
    )
    return ", ".join(
        (
            f"try_cast(key_text as known_{source.key_column}) as known_key",
            f"{is_owner('key_text', 'organization_id_text', 'project_id_text')} as is_owner",
            "try_cast(outcome_text as known_outcome) as known_outcome",
            f"case when {in_range} then completed_at_instant end as completed_at",
            *_total(source, "input_total", INPUT_METERS),
            *_total(source, "output_total", OUTPUT_METERS),
        )
    )


def _total(source: SourceFormat, total: str, meters: tuple[str, ...]) -> tuple[str, str]:
    """A part below zero is what other parts took too much of, so it cannot make them fit."""
    added = " + ".join(f"greatest({name}_part, 0)" for name in meters)
    given = f"coalesce({total}_count, 0)" if _total_leads(source, total) else f"{total}_count"
    return f"{added} as {total}_added", f"{given} as {total}_given"


def losses(source: SourceFormat) -> list[str]:
    """What a row loses because its format cannot say it, each a name or null."""
    found = []
    if not source.gives("cache_read"):
        found.append(("no_cache", " + ".join(f"{name}_part" for name in INPUT_METERS)))
    if source.gives("cache_write_total"):
        found.append(("no_cache_ttl", "cache_write_unknown_ttl_part"))
    if not source.gives("output_reasoning"):
        found.append(("no_reasoning", "output_visible_part"))
    return [f"case when {tokens} > 0 then '{name}' end" for name, tokens in found]
