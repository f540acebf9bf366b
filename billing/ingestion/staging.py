"""From a container's text columns to one staged, judged row per request.

Here: the SQL that reads texts, turns them into values and finds the first fault of each row,
in one parallel pass. Add a canonical column here and in `tables.py`. Keep out: where texts
come from (`readers.py`) and comparing rows with each other (`duplicates.py`).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from billing.first_row import first_row
from billing.ingestion import values
from billing.ingestion.canonical import COUNT_FIELDS, SourceFormat
from billing.ingestion.checks import CHECKS
from billing.ingestion.growing import LINE, TOLD_AGAIN, added_up, lines_told_again, rows_told_again
from billing.ingestion.joined_shapes import JOINED, holds_the_mark, joined
from billing.ingestion.keys import choose_keys
from billing.ingestion.line_marks import mark
from billing.ingestion.literals import text_literal
from billing.ingestion.other_meters import other_meters
from billing.ingestion.staged import Staged, lines_of
from billing.ingestion.tables import MAIN_METERS

_FACTS = (
    "response_id parent_id parent_relation key_type requested_model answered_model provider "
    "region service_tier_asked service_tier is_byok outcome status_code throttle_cause "
    "usage_quality started_at completed_at latency_ms source_cost_usd other_meters"
)
CONTENT = ("api_key_id", *_FACTS.split(), *MAIN_METERS)
# A little below a row group of DuckDB's own: a little above, and each is stored as a large and a
# tiny one, which the next checkpoint merges by writing everything again.
ROWS_OF_A_GROUP = 112_640
_USAGE_TEXTS = ", ".join(
    f"{name}_text" for name in COUNT_FIELDS if name not in ("latency_ms", "status_code")
)
_PLAIN_TEXTS = (
    *("provider", "region", "throttle_cause"),
    *("response_id", "parent_id", "parent_relation", "key_type"),
)
_SERVED = "coalesce(nullif(service_tier_text, ''), service_tier_asked_text, '')"


def stage(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFormat,
    relation: str,
    now: datetime,
    target: Path,
) -> Staged:
    """Write the judged rows to `target`, or beside it.

    `relation` is an SQL query that gives the format's columns as text; its n-th row gets
    `line_number` n. Staged rows are many and short-lived: as Parquet they cost less to write
    than a temporary table, and no memory. Raises duckdb.Error when the container cannot be
    read to its end.
    """
    choose_keys(connection, source.key_column)
    plan = _Plan(source, relation, now.astimezone(UTC))
    staged = _staged(connection, plan, target)
    if holds_the_mark(connection, staged.rows_as_written()):
        # Under another name: DuckDB may remember what stood in the first file.
        beside = target.with_name(f"{target.name}_escaped")
        return _staged(connection, replace(plan, may_hold_the_mark=True), beside)
    return staged


def set_aside(connection: duckdb.DuckDBPyConnection, staged: Staged, told: str) -> Staged:
    """Correct lines in whose place an empty object was read.

    `told` is an SQL query of `line_number` and `raw_line`, which lines without text lack.
    """
    target = staged.once.with_name(f"{staged.once.name}_aside")
    connection.execute(f"copy ({told}) to {text_literal(str(target))} (format parquet)")
    return replace(staged, aside=target)


def content_hash(columns: tuple[str, ...] = CONTENT) -> str:
    """The SQL that hashes canonical content, over columns in the order of `CONTENT`."""
    return f"hash({', '.join(columns)})"


@dataclass(frozen=True)
class _Plan:
    """What is read, how, and at what time; the rest is said of `joined`."""

    source: SourceFormat
    relation: str
    now: datetime
    may_hold_the_mark: bool = False


def _staged(connection: duckdb.DuckDBPyConnection, plan: _Plan, target: Path) -> Staged:
    key_column = plan.source.key_column
    rows = _write(connection, _judged(plan), target)
    once = Staged(rows, target, key_column)
    if plan.source.repeats != "cumulative" or not mark(
        connection, TOLD_AGAIN, lines_told_again(lines_of(target))
    ):
        return once
    again = target.with_name(f"{target.name}_again")
    _write(connection, _judged(plan, again=True), again)
    return replace(once, again=again)


def _write(connection: duckdb.DuckDBPyConnection, judged: str, target: Path) -> int:
    written = first_row(
        connection.execute(
            f"copy ({judged}) to {text_literal(str(target))} "
            f"(format parquet, parquet_version v2, compression uncompressed, row_group_size {ROWS_OF_A_GROUP}, "
            "dictionary_size_limit 2000, write_bloom_filter false)"
        )
    )
    return int(written[0]) if written else 0


def _judged(plan: _Plan, *, again: bool = False) -> str:
    """Every row of a relation; or, `again`, those told again, added up, with their numbers.

    No step over every row joins: a join may turn the rows around, and their order is their line
    number.
    """
    source, relation = plan.source, plan.relation
    number, line_number = (f"{LINE} as line_number, ", "line_number, ") if again else ("", "")
    return f"""
with source as ({rows_told_again(relation) if again else relation}),
nested as (select *, {values.nested(source)} from source),
in_order as (select {number}{values.UNREADABLE} as is_unreadable, {values.told_apart(source)}, {other_meters(source)},
    {values.texts(source)} from nested),
texts as ({added_up() if again else "select * from in_order"}),
valued as (select *, {values.numbers_and_instants()} from texts),
disjoint as (select *, {values.disjoint_meters(source)} from valued),
matched as (select *, {values.matches(source, plan.now)} from disjoint),
judged as (select *, {_first_fault()} from matched)
select {line_number}problem, ignored_rule, row_version, {_detail()}, {_canonical(plan)} from judged"""


def _first_fault() -> str:
    cases = " ".join(f"when {check.condition} then {n}" for n, check in enumerate(CHECKS, 1))
    return f"cast(case {cases} end as utinyint) as problem"


def _detail() -> str:
    cases = " ".join(f"when {n} then {check.detail}" for n, check in enumerate(CHECKS, 1))
    return f"case when problem is not null then left(case problem {cases} end, 200) end as detail"


def _canonical(plan: _Plan) -> str:
    expressions = {
        "native_id": "native_id_text",
        "kind": "coalesce(kind_text, 'usage')",
        "key_code": "enum_code(known_key)",
        "requested_model": "coalesce(requested_model_text, answered_model_text, '')",
        "answered_model": "coalesce(answered_model_text, requested_model_text, '')",
        "service_tier_asked": "coalesce(service_tier_asked_text, '')",
        "service_tier": f"case when {_SERVED} in ('', 'auto', 'standard') then 'default' "
        f"else {_SERVED} end",
        "is_byok": "coalesce(try_cast(is_byok_text as boolean), false)",
        "outcome": "known_outcome",
        "status_code": "cast(coalesce(status_code_count, 0) as smallint)",
        "usage_quality": _quality(plan.source),
        "started_at": "started_at_instant",
        "completed_at": "completed_at",
        "latency_ms": "coalesce(latency_ms_count, "
        "greatest(epoch_ms(completed_at) - epoch_ms(started_at_instant), 0))",
        "source_cost_usd": "source_cost_usd",
    }
    for name in _PLAIN_TEXTS:
        expressions[name] = f"coalesce({name}_text, '')"
    for name in MAIN_METERS:
        expressions[name] = f"greatest({name}_part, 0)"
    expressions["other_meters"] = "other_meters"
    shared = {name: expressions.pop(name) for name in JOINED}
    expressions["shape"] = joined(shared, may_hold_the_mark=plan.may_hold_the_mark)
    return ", ".join(f"{sql} as {name}" for name, sql in expressions.items())


def _quality(source: SourceFormat) -> str:
    """As the row says, else whether it has any count; then what its format cannot tell."""
    told = (
        f"coalesce(usage_quality_text, case when coalesce({_USAGE_TEXTS}) is null "
        "and other_meters = '' then 'missing' else 'reported' end)"
    )
    losses = values.losses(source)
    if not losses:
        return told
    named = f"concat_ws(',', {', '.join(losses)})"
    return f"{told} || case when {named} = '' then '' else ':' || {named} end"
