"""The rows in quarantine that nobody has released: waiting, or discarded.

Here: the view `kept_row` and what is read from it. Add a column here when a command shows it.
Keep out: choosing among them (`choosing.py`) and doing anything to them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb

from billing.ingestion.quarantine.choosing import Chosen

Discarded = Mapping[tuple[str, int], str]
"""(content sha256, line) to the row's reason, for every discarded row; from the books."""
READ_AT_ONCE = 10_000


@dataclass(frozen=True)
class Group:
    """Rows of one file with one fault; `sample_detail` is of the first of them."""

    reason: str
    field: str
    organization_id: str
    file_number: int
    file_name: str
    rows: int
    sample_detail: str
    remedy: str


@dataclass(frozen=True)
class KeptRow:
    """One whole row; file and line are where it was delivered."""

    file_number: int
    file_name: str
    content_sha256: str
    line_number: int
    reason: str
    field: str
    detail: str
    remedy: str
    organization_id: str
    raw_line: str


def load_kept_rows(connection: duckdb.DuckDBPyConnection, discarded: Discarded) -> None:
    """Make the temporary view `kept_row`: quarantined rows not released, with `is_discarded`."""
    connection.execute(
        "create or replace temp table quarantine_discarded as "
        "select unnest(?::varchar[]) as content_sha256, unnest(?::bigint[]) as line_number",
        [[sha256 for sha256, _ in discarded], [line for _, line in discarded]],
    )
    connection.execute(_KEPT)


def count_by_file(connection: duckdb.DuckDBPyConnection, chosen: Chosen) -> list[Group]:
    """How many of the chosen rows each file holds, by fault; the most frequent first."""
    condition, parameters = chosen.where()
    found = connection.execute(_GROUPS.format(condition=condition), parameters).fetchall()
    return [Group(*row) for row in found]


def rows_of(
    connection: duckdb.DuckDBPyConnection, chosen: Chosen, limit: int | None = None
) -> Iterator[KeptRow]:
    """The chosen rows in order of file and line, at most `limit` of them."""
    condition, parameters = chosen.where()
    ending = f" limit {int(limit)}" if limit is not None else ""
    cursor = connection.execute(_ROWS.format(condition=condition) + ending, parameters)
    while found := cursor.fetchmany(READ_AT_ONCE):
        yield from (KeptRow(*row) for row in found)


_KEPT = """
create or replace temp view kept_row as
select rows.*, files.content_sha256, files.file_name, files.format, files.source_id,
    files.supplied, files.file_month, discarded.line_number is not null as is_discarded
from raw.quarantined_event as rows
inner join raw.ingest_file as files on rows.ingest_sequence = files.ingest_sequence
left join quarantine_discarded as discarded
    on files.content_sha256 = discarded.content_sha256
    and rows.line_number = discarded.line_number
left join raw.quarantine_release as released
    on rows.ingest_sequence = released.original_ingest_sequence
    and rows.line_number = released.original_line_number
where released.line_number is null"""

_GROUPS = """
select reason, field, organization_id, ingest_sequence, file_name, count(*),
    arg_min(detail, line_number), arg_min(remedy, line_number)
from kept_row where {condition}
group by reason, field, organization_id, ingest_sequence, file_name
order by count(*) desc, reason, field, organization_id, ingest_sequence"""

_ROWS = """
select ingest_sequence, file_name, content_sha256, line_number, reason, field, detail, remedy,
    organization_id, raw_line
from kept_row where {condition}
order by ingest_sequence, line_number"""
