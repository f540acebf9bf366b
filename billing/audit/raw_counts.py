"""Counting raw rows: what files really hold for a billing month.

Here: requests and meters of accepted, duplicate and quarantined rows, straight from the raw
tables, by organization and file. Add a fate here. Keep out: the rollup (`rollup_counts`) and
judging (`conservation`).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import duckdb

from billing.audit.findings import UNKNOWN_ORGANIZATION
from billing.audit.usage import MAIN_METERS
from billing.audit.windows import (
    FATE_TABLES,
    WINDOWS_CTE,
    Window,
    countable,
    file_sequences,
    spans_of,
    window_parameters,
)

REQUESTS = "requests"
COLUMNS = ", ".join(f"sum(rows.{meter}_tokens)" for meter in MAIN_METERS)
SIGNS = {"accepted": "case rows.kind when 'reversal' then -1 else 1 end", "released": "-1"}
"""What a row counts for where that is not always one: a reversal takes an event back, a release
a quarantined row."""
COUNTED_AS = {"released": "quarantined"}
"""The fate that a row counts under, where it is not its table's own."""

_IN_WINDOWS = f"""
{WINDOWS_CTE}
select windows.organization_id, rows.ingest_sequence, {{quantities}}
from {{table}} as rows {{meters}}
inner join windows
    on rows.organization_id = windows.organization_id
    and rows.completed_at >= windows.starts_at and rows.completed_at < windows.ends_at
    and rows.ingest_sequence > windows.after_sequence
    and rows.ingest_sequence <= windows.up_to_sequence
group by all
"""
_UNPLACED = """
select '{unknown}', rows.ingest_sequence, {quantities}
from {table} as rows {meters}
where (
    rows.completed_at is null or rows.organization_id not in (select unnest(?::varchar[]))
) and rows.ingest_sequence in (select unnest(?::integer[]))
group by all
"""
_SIDE_METERS = """
inner join raw.usage_event_meter as side
    on rows.ingest_sequence = side.ingest_sequence and rows.line_number = side.line_number
    and side.fate = '{fate}'
"""


class Place(NamedTuple):
    """Where a raw row counts."""

    organization_id: str
    ingest_sequence: int
    fate: str


RawCounts = dict[Place, Counter[str]]


def count_raw(
    connection: duckdb.DuckDBPyConnection, windows: Sequence[Window], month: date
) -> RawCounts:
    """Count the rows billed in `month` by organization, file and fate.

    Rows without a readable time or organization count as `unknown`, in their file's month.
    """
    counts: RawCounts = {}
    unplaced = [
        [window.organization_id for window in windows],
        file_sequences(connection, UNKNOWN_ORGANIZATION, month),
    ]
    for fate, table in FATE_TABLES.items():
        rows = countable(table, "completed_at", spans_of(windows))
        for query, source, parameters in (
            (_IN_WINDOWS, rows, window_parameters(windows)),
            (_UNPLACED, table, unplaced),
        ):
            for place, meter, quantity in _counted(connection, query, (fate, source), parameters):
                counts.setdefault(place, Counter())[meter] += quantity
    return counts


def _counted(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    source: tuple[str, str],
    parameters: Sequence[object],
) -> Iterator[tuple[Place, str, int]]:
    fate, table = source
    main = _fill(query, table, signed_sums(fate), "")
    for organization_id, sequence, *sums in connection.execute(main, parameters).fetchall():
        place = Place(organization_id, sequence, COUNTED_AS.get(fate, fate))
        for meter, quantity in zip((REQUESTS, *MAIN_METERS), sums, strict=True):
            yield place, meter, int(quantity)
    joined = _SIDE_METERS.format(fate=fate)
    side = _fill(query, table, signed_side_sums(fate), joined)
    row: tuple[Any, ...]
    for row in connection.execute(side, parameters).fetchall():
        yield Place(row[0], row[1], COUNTED_AS.get(fate, fate)), row[2], int(row[3])


def signed_sums(fate: str) -> str:
    """SQL of the rows and token meters of a fate's table, called `rows`."""
    sign = SIGNS.get(fate, "1")
    meters = ", ".join(f"sum({sign} * rows.{meter}_tokens)" for meter in MAIN_METERS)
    return f"sum({sign}), {meters}"


def signed_side_sums(fate: str) -> str:
    """SQL of the other meters of a fate's table, joined as `side`."""
    return f"side.meter, sum({SIGNS.get(fate, '1')} * side.quantity)"


def _fill(query: str, table: str, quantities: str, meters: str) -> str:
    return query.format(
        table=table, quantities=quantities, meters=meters, unknown=UNKNOWN_ORGANIZATION
    )
