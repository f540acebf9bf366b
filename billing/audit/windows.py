"""Which usage counts in a billing month: time windows and file sequences.

Here: from the books' snapshot in the warehouse to half-open windows per organization. Add
here when usage can be routed in another way. Keep out: what the usage is worth.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb

from billing.audit.late_files import NO_LAST_FILE, ROUTES_INTO
from billing.audit.local_time import month_bounds

BEFORE_FIRST_FILE = -1
FATE_TABLES = {
    "accepted": "raw.usage_event",
    "duplicate": "raw.duplicate_event",
    "quarantined": "raw.quarantined_event",
    "released": "raw.quarantine_release",
}
"""The raw tables whose rows windows count, by fate."""
ROLLUP_TABLES = ("int_usage__quarter_hours", "int_usage__quarter_hour_meters")

WINDOWS_CTE = """
with windows as (
    select unnest(?::varchar[]) as organization_id, unnest(?::timestamp[]) as starts_at,
           unnest(?::timestamp[]) as ends_at, unnest(?::bigint[]) as after_sequence,
           unnest(?::bigint[]) as up_to_sequence, unnest(?::date[]) as service_month
)
"""


@dataclass(frozen=True, slots=True)
class Window:
    """Usage completed in [starts_at, ends_at), from files in (after_sequence, up_to_sequence]."""

    organization_id: str
    service_month: date
    starts_at: datetime
    ends_at: datetime
    after_sequence: int
    up_to_sequence: int


Span = tuple[datetime, datetime, int]
"""When usage begins and ends that is counted, and the file after which it is."""


def countable(table: str, instant: str, spans: Iterable[Span]) -> str:
    """SQL of the rows of a table that some of the spans can count, as a subquery.

    Left out is what none has: before the month's own start, files that came in time. The bounds are
    constants and each scan has its own, so that DuckDB skips what lies outside: a month that read
    all earlier usage would cost more with each one.
    """
    spans = list(spans)
    if not spans:
        return f"(select * from {table} where false)"
    ends_at = max(ends for _, ends, _ in spans)
    first = min((begins for begins, _, after in spans if after < 0), default=ends_at)
    late = [after for _, _, after in spans if after >= 0]
    parts = [f"{instant} >= {_literal(first)} and {instant} < {_literal(ends_at)}"]
    if late:
        parts.append(f"{instant} < {_literal(first)} and ingest_sequence > {min(late)}")
    scans = (f"select * from {table} where {part}" for part in parts)
    return f"({' union all '.join(scans)})"


def spans_of(windows: Iterable[Window]) -> list[Span]:
    """Return what `countable` asks of windows."""
    return [(window.starts_at, window.ends_at, window.after_sequence) for window in windows]


def _literal(instant: datetime) -> str:
    utc = instant.astimezone(UTC) if instant.tzinfo else instant
    return f"timestamp '{utc.replace(tzinfo=None)}'"


def windows_of(
    connection: duckdb.DuckDBPyConnection, zones: Mapping[str, str], month: date
) -> list[Window]:
    """Return what `month` bills for each organization of `zones` (organization to zone).

    The month's own usage up to its watermark (all of it without one), and the late usage of
    earlier months that the books routed here.
    """
    spans = [(organization, month, BEFORE_FIRST_FILE, NO_LAST_FILE) for organization in zones]
    watermarks = dict(_watermarks(connection, month))
    spans = [
        (organization, served, after, watermarks.get(organization, up_to))
        for organization, served, after, up_to in spans
    ]
    spans += [late for late in _late_routes(connection, month) if late[0] in zones]
    return [
        Window(organization, served, *month_bounds(served, zones[organization]), after, up_to)
        for organization, served, after, up_to in spans
    ]


def _watermarks(connection: duckdb.DuckDBPyConnection, month: date) -> Sequence[tuple[str, int]]:
    query = "select organization_id, watermark from books.month_watermark where billing_month = ?"
    return connection.execute(query, [month]).fetchall()


def _late_routes(
    connection: duckdb.DuckDBPyConnection, month: date
) -> Sequence[tuple[str, date, int, int]]:
    """Return the files of earlier service months that `month` bills.

    There is a row for each organization and month before; those that no file can fill are left
    out. A file is known by its earliest row; zones are within a day of UTC.
    """
    after = f"select min(after_sequence) from ({ROUTES_INTO})"
    ((first,),) = connection.execute(after, {"month": month}).fetchall()
    if first is None:
        return []
    counted = [(table, "completed_at") for table in FATE_TABLES.values()]
    counted += [(f"intermediate.{table}", "quarter_hour") for table in ROLLUP_TABLES]
    rows = " union all ".join(_EARLIEST.format(table=name, instant=at) for name, at in counted)
    bounds = {"month": month, "after": first}
    return connection.execute(_LATE_ROUTES.format(rows=rows), bounds).fetchall()


_EARLIEST = """
select ingest_sequence, {instant} as counted_at from {table}
where {instant} < $month + interval 1 day and ingest_sequence > $after"""
_LATE_ROUTES = f"""
with files as (
    select ingest_sequence, min(counted_at) as earliest_at from ({{rows}}) group by ingest_sequence
)
select organization_id, service_month, after_sequence, up_to_sequence
from ({ROUTES_INTO}) as route
where exists (
    select 1 from files
    where files.ingest_sequence > route.after_sequence
        and files.ingest_sequence <= route.up_to_sequence
        and files.earliest_at < route.service_month + interval 1 month + interval 1 day
)
order by all
"""


def window_parameters(windows: Sequence[Window]) -> list[object]:
    """Return the parameters of `WINDOWS_CTE`."""
    return [
        [window.organization_id for window in windows],
        [window.starts_at for window in windows],
        [window.ends_at for window in windows],
        [window.after_sequence for window in windows],
        [window.up_to_sequence for window in windows],
        [window.service_month for window in windows],
    ]


def warehouse_zones(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return each organization's zone as the warehouse knows it."""
    query = "select organization_id, zone from catalog.billing_profiles order by all"
    return dict(connection.execute(query).fetchall())


def file_sequences(
    connection: duckdb.DuckDBPyConnection, organization_id: str, month: date
) -> list[int]:
    """Return the files whose rows of `organization_id` are billed in `month` by file month."""
    after, up_to = BEFORE_FIRST_FILE, NO_LAST_FILE
    up_to = dict(_watermarks(connection, month)).get(organization_id, up_to)
    routed = f"""
        select service_month, after_sequence, up_to_sequence from ({ROUTES_INTO})
        where organization_id = $organization
    """
    values = {"organization": organization_id, "month": month}
    routes = connection.execute(routed, values).fetchall()
    spans = [(month, after, up_to), *routes]
    query = "select ingest_sequence, file_month from raw.ingest_file order by ingest_sequence"
    files = connection.execute(query).fetchall()
    return [
        sequence
        for sequence, file_month in files
        if any(file_month == of and after < sequence <= up_to for of, after, up_to in spans)
    ]
