"""From the usage keys of a line to its quarter hours, files and requests.

Here: counting and sampling, bounded to the largest and the first. Add here when raw rows gain
a place to be found at. Keep out: which keys are on a line (`trace`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from billing.audit.plain_rows import PlainRow, plain_rows
from billing.audit.trace import Source
from billing.audit.usage import MAIN_METERS, REQUEST

_SOURCES = """
with sources as (
    select unnest(?::bigint[]) as usage_key_id, unnest(?::timestamp[]) as starts_at,
           unnest(?::timestamp[]) as ends_at, unnest(?::bigint[]) as after_sequence,
           unnest(?::bigint[]) as up_to_sequence
)
"""
_OF_TABLE = """
    select usage.quarter_hour, usage.ingest_sequence, {quantity} as quantity
    from intermediate.{table} as usage
    inner join sources
        on usage.usage_key_id = sources.usage_key_id
        and usage.quarter_hour >= sources.starts_at and usage.quarter_hour < sources.ends_at
        and usage.ingest_sequence > sources.after_sequence
        and usage.ingest_sequence <= sources.up_to_sequence
    {also}
    where {quantity} <> 0
"""
_OF_METER = "and usage.meter = ?"
# A request counts once, or what its own row says.
_REQUESTS = "usage.requests - coalesce(logged.requests, 0) + coalesce(logged.quantity, 0)"
_LOGGED = """
    left join intermediate.int_usage__quarter_hour_meters as logged
        on logged.meter = ? and usage.usage_key_id = logged.usage_key_id
        and usage.quarter_hour = logged.quarter_hour
        and usage.ingest_sequence = logged.ingest_sequence
"""
_SUMMARY = """
select cast(coalesce(sum(quantity), 0) as bigint) as quantity,
       count(distinct quarter_hour) as quarter_hours,
       min(quarter_hour) as first_quarter_hour, max(quarter_hour) as last_quarter_hour
from rolled
"""
_LARGEST = """
select quarter_hour, cast(sum(quantity) as bigint) as quantity from rolled
group by quarter_hour order by quantity desc, quarter_hour limit ?
"""
_FILES = """
select rolled.ingest_sequence, files.file_name, cast(sum(rolled.quantity) as bigint) as quantity
from rolled
left join raw.ingest_file as files on rolled.ingest_sequence = files.ingest_sequence
group by all order by rolled.ingest_sequence
"""
# A reversal takes back an event that a newer version of its row replaced.
SIGN = "case events.kind when 'reversal' then -1 else 1 end"
_EVENTS = f"""
{_SOURCES},
keys as (
    select keys.*, sources.* exclude (usage_key_id) from intermediate.dim_usage_key as keys
    inner join sources on keys.usage_key_id = sources.usage_key_id
),
counted as (
    select events.*, {SIGN} as sign, {SIGN} * {{quantity}} as quantity,
        coalesce((
            select max(ladder.threshold_tokens) from catalog.context_ladder as ladder
            where ladder.threshold_tokens < {" + ".join(f"events.{m}_tokens" for m in MAIN_METERS[:5])}
        ), 0) as context_band
    from raw.usage_event as events
    {{side}}
    inner join catalog.api_keys as api_keys
        on events.api_key_id = api_keys.api_key_id
        and events.completed_at >= api_keys.valid_from_at
        and events.completed_at < api_keys.valid_to_at
    where events.organization_id = ? and events.completed_at >= ? and events.completed_at < ?
),
names as (
    select used.name, coalesce(
        aliases.model_id, models.model_id, min_by(patterns.model_id, patterns.precedence), used.name
    ) as model_id
    from (
        select requested_model as name from counted union select answered_model from counted
    ) as used
    left join catalog.model_aliases as aliases on used.name = aliases.alias
    left join catalog.models as models on used.name = models.model_id
    left join catalog.model_patterns as patterns on used.name <> ''
        and used.name like replace(replace(patterns.pattern, '_', '\\_'), '*', '%') escape '\\'
    group by used.name, aliases.model_id, models.model_id
),
events as (
    select counted.*, requested.model_id as requested_model_id,
        answered.model_id as answered_model_id
    from counted
    inner join names as requested on counted.requested_model = requested.name
    inner join names as answered on counted.answered_model = answered.name
),
found as (
    select * from events where quantity <> 0 and exists (
        select 1 from keys
        where events.project_id = keys.project_id and events.api_key_id = keys.api_key_id
        and events.requested_model_id = keys.requested_model_id
        and events.answered_model_id = keys.answered_model_id
        and events.region = keys.region and events.service_tier = keys.service_tier
        and events.is_byok = keys.is_byok and events.outcome = keys.outcome
        and events.context_band = keys.context_band
        and events.completed_at >= keys.starts_at and events.completed_at < keys.ends_at
        and events.ingest_sequence > keys.after_sequence
        and events.ingest_sequence <= keys.up_to_sequence
    )
)
"""
_COUNT = "select cast(coalesce(sum(sign), 0) as bigint) as count, cast(coalesce(sum(quantity), 0) as bigint) as quantity from found"
_FIRST = """
select found.native_id as request_id, files.file_name, found.line_number, found.completed_at,
       found.project_id, found.quantity
from found
left join raw.ingest_file as files on found.ingest_sequence = files.ingest_sequence
order by found.completed_at, found.ingest_sequence, found.line_number limit ?
"""


@dataclass(frozen=True)
class Bounds:
    """How much of a line's usage is shown; totals always cover all of it."""

    quarter_hours: int = 5
    requests: int = 5


def traced_usage(
    connection: duckdb.DuckDBPyConnection, line: PlainRow, sources: Sequence[Source], bounds: Bounds
) -> dict[str, Any]:
    """Return a line's quarter hours, files and requests, totals and a bounded sample."""
    meter = line["meter"]
    parameters = parameters_of(sources)
    if meter not in MAIN_METERS:
        parameters.append(meter)
    return {
        **rolled_up(connection, _rolled(meter), parameters, bounds),
        "requests": _requests(connection, line, sources, bounds),
    }


def rolled_up(
    connection: duckdb.DuckDBPyConnection, rows: str, parameters: Sequence[object], bounds: Bounds
) -> dict[str, Any]:
    """Sum up a query of quarter hours, files and quantities; show the largest, and all files.

    The query may read `sources`, whose parameters come first.
    """
    rolled = f"{_SOURCES}, rolled as ({rows})"
    (summary,) = plain_rows(connection, rolled + _SUMMARY, parameters)
    return {
        **summary,
        "largest_quarter_hours": plain_rows(
            connection, rolled + _LARGEST, [*parameters, bounds.quarter_hours]
        ),
        "files": plain_rows(connection, rolled + _FILES, parameters),
    }


def _rolled(meter: str) -> str:
    main, other = "int_usage__quarter_hours", "int_usage__quarter_hour_meters"
    if meter in MAIN_METERS:
        rows = _OF_TABLE.format(table=main, quantity=f"usage.{meter}_tokens", also="")
    elif meter == REQUEST:
        rows = _OF_TABLE.format(table=main, quantity=_REQUESTS, also=_LOGGED)
    else:
        rows = _OF_TABLE.format(table=other, quantity="usage.quantity", also=_OF_METER)
    return rows


def _requests(
    connection: duckdb.DuckDBPyConnection, line: PlainRow, sources: Sequence[Source], bounds: Bounds
) -> dict[str, Any]:
    meter, side, parameters = line["meter"], "", parameters_of(sources)
    quantity = f"events.{meter}_tokens"
    if meter not in MAIN_METERS:
        quantity, side = "side.quantity", _SIDE
        parameters.append(meter)
    if meter == REQUEST:
        quantity, side = "coalesce(side.quantity, 1)", _SIDE.replace("inner", "left", 1)
    if not sources:
        return {"count": 0, "quantity": 0, "first": []}
    starts_at = min(source.slice.starts_at for source in sources)
    ends_at = max(source.slice.ends_at for source in sources)
    parameters += [line["organization_id"], starts_at, ends_at]
    return sampled(connection, (quantity, side), parameters, bounds)


def sampled(
    connection: duckdb.DuckDBPyConnection,
    counted: tuple[str, str],
    parameters: Sequence[object],
    bounds: Bounds,
) -> dict[str, Any]:
    """Count the requests of some sources, and show the first; `counted` is SQL.

    Its parts are the quantity of an event and the join it needs. Parameters are those of the
    sources, of the join, then the owner and the instants between which requests completed.
    """
    quantity, side = counted
    query = _EVENTS.format(quantity=quantity, side=side)
    (count,) = plain_rows(connection, query + _COUNT, parameters)
    first = plain_rows(connection, query + _FIRST, [*parameters, bounds.requests])
    return {**count, "first": first}


_SIDE = """
inner join raw.usage_event_meter as side
    on events.ingest_sequence = side.ingest_sequence and events.line_number = side.line_number
    and side.fate = 'accepted' and side.meter = ?
"""


def parameters_of(sources: Sequence[Source]) -> list[object]:
    """Return the parameters that say which usage keys, when and in which files."""
    return [
        [source.usage_key_id for source in sources],
        [source.slice.starts_at for source in sources],
        [source.slice.ends_at for source in sources],
        [source.slice.window.after_sequence for source in sources],
        [source.slice.window.up_to_sequence for source in sources],
    ]
