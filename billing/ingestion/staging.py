"""From a container's text columns to one staged, judged row per request.

Here: the SQL that reads texts, turns them into values and finds the first fault of each row,
in one parallel pass. Add a canonical column here and in `tables.py`. Keep out: where texts
come from (`readers.py`) and comparing rows with each other (`duplicates.py`).
"""

from datetime import UTC, datetime

import duckdb

from billing.ingestion import values
from billing.ingestion.checks import CHECKS
from billing.ingestion.formats import COUNT_FIELDS, SourceFormat
from billing.ingestion.keys import choose_keys
from billing.ingestion.tables import MAIN_METERS, OTHER_METERS

_FACTS = (
    "requested_model answered_model provider region service_tier_asked service_tier is_byok "
    "outcome status_code throttle_cause usage_quality started_at completed_at latency_ms "
    "source_cost_usd"
)
CONTENT = ("api_key_id", *_FACTS.split(), *MAIN_METERS, *OTHER_METERS)
_USAGE_TEXTS = ", ".join(
    f"{name}_text" for name in COUNT_FIELDS if name not in ("latency_ms", "status_code")
)
_SERVED = "coalesce(nullif(service_tier_text, ''), service_tier_asked_text, '')"


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


def content_hash(columns: tuple[str, ...] = ()) -> str:
    """The SQL that hashes canonical content, over `columns` in the order of `CONTENT`.

    Without columns, over those of `staged_row`, whose types of known values hash otherwise
    than their texts.
    """
    typed = {"outcome", "usage_quality"}
    own = [f"cast({name} as varchar)" if name in typed else name for name in CONTENT]
    return f"hash({', '.join(columns or own)})"


def _statement(source: SourceFormat, relation: str, now: datetime) -> str:
    """No step joins: a join may turn the rows around, and their order is their line number."""
    return f"""
with source as ({relation}),
nested as (select *, {values.nested(source)} from source),
texts as (select is_unreadable, {values.texts(source)} from nested),
valued as (select *, {values.numbers_and_instants()} from texts),
disjoint as (select *, {values.disjoint_meters(source)} from valued),
matched as (select *, {values.matches(source, now)} from disjoint),
judged as (select *, {_first_fault()} from matched)
select problem, {_detail()}, {_canonical()} from judged"""


def _first_fault() -> str:
    cases = " ".join(f"when {check.condition} then {n}" for n, check in enumerate(CHECKS, 1))
    return f"cast(case {cases} end as utinyint) as problem"


def _detail() -> str:
    cases = " ".join(f"when {n} then {check.detail}" for n, check in enumerate(CHECKS, 1))
    return f"case when problem is not null then left(case problem {cases} end, 200) end as detail"


def _canonical() -> str:
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
        "usage_quality": "cast(coalesce(try_cast(usage_quality_text as usage_quality), "
        f"case when coalesce({_USAGE_TEXTS}) is null then 'missing' else 'reported' end) "
        "as usage_quality)",
        "started_at": "started_at_instant",
        "completed_at": "completed_at",
        "latency_ms": "coalesce(latency_ms_count, "
        "greatest(epoch_ms(completed_at) - epoch_ms(started_at_instant), 0))",
        "source_cost_usd": "source_cost_usd",
    }
    for name in ("provider", "region", "throttle_cause"):
        expressions[name] = f"coalesce({name}_text, '')"
    for name in MAIN_METERS:
        expressions[name] = f"greatest({name}_part, 0)"
    for name in OTHER_METERS:
        expressions[name] = f"coalesce({name}_count, 0)"
    return ", ".join(f"{sql} as {name}" for name, sql in expressions.items())
