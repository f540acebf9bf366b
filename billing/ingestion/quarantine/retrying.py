"""From chosen rows to retry files in the landing folder.

Here: which rows share a file, and under which name it is written. Keep out: what becomes of the
rows (`rereading.py`); a retry file is ingested like any other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from billing.ingestion.mapping import load_formats
from billing.ingestion.quarantine.choosing import Chosen
from billing.ingestion.quarantine.pointers import Pointer, write_pointers
from billing.ingestion.sequence import has_final_name

FOLDER = "retries"
READ_AT_ONCE = 10_000


@dataclass(frozen=True)
class Retries:
    """The files written and how many rows they point to."""

    files: tuple[Path, ...]
    rows: int


def pending_files(landing: Path) -> list[Path]:
    """The retry files in the landing folder, in the order they were written."""
    folder = landing / FOLDER
    found = [path for path in folder.glob("*.jsonl") if has_final_name(path.relative_to(landing))]
    return sorted(found, key=lambda path: (_number_of(path), path.name))


def write_retries(
    connection: duckdb.DuckDBPyConnection,
    landing: Path,
    catalog_folder: Path,
    chosen: Chosen,
    *,
    retried_after: int,
) -> Retries:
    """Write one file for the chosen waiting rows of each format, source, supplied fields and month.

    A file belongs to one month, so rows without a time or owner are taken back from the month
    they counted in. Rows in a retry file numbered above `retried_after` were retried just now
    and are left out. Raises IngestError when a format is not known any more.
    """
    condition, parameters = chosen.where()
    connection.execute(_CHOSEN.format(condition=condition), [*parameters, retried_after])
    groups = connection.execute(_GROUPS).fetchall()
    formats = load_formats(catalog_folder)
    for _, format_name, _ in groups:
        formats.named(format_name)
    number = max(map(_number_of, pending_files(landing)), default=0)
    files = []
    for number_of_group, _, _ in groups:
        number += 1
        path = landing / FOLDER / f"retry-{number}.jsonl"
        write_pointers(path, _pointers(connection, number_of_group))
        files.append(path)
    return Retries(tuple(files), sum(rows for *_, rows in groups))


def _pointers(connection: duckdb.DuckDBPyConnection, group: int) -> Iterator[Pointer]:
    cursor = connection.execute(_POINTERS, [group])
    while found := cursor.fetchmany(READ_AT_ONCE):
        yield from (Pointer(*row) for row in found)


def _number_of(path: Path) -> int:
    digits = path.stem.removeprefix("retry-")
    return int(digits) if digits.isdecimal() else 0


_CHOSEN = """
create or replace temp table quarantine_chosen as
with attempts as (
    select content_sha256, original_line_number, count(*) as times,
        max(ingest_sequence) as last_sequence
    from raw.retried_row group by content_sha256, original_line_number
)
select kept.content_sha256, kept.line_number, kept.ingest_sequence, kept.format,
    1 + coalesce(attempts.times, 0) as attempt,
    dense_rank() over (
        order by kept.file_month, kept.format, kept.source_id, kept.supplied
    ) as group_number
from kept_row as kept
left join attempts
    on kept.content_sha256 = attempts.content_sha256
    and kept.line_number = attempts.original_line_number
where {condition} and coalesce(attempts.last_sequence, 0) <= ?"""

_GROUPS = """
select group_number, format, count(*) from quarantine_chosen
group by group_number, format order by group_number"""

_POINTERS = """
select content_sha256, line_number, attempt from quarantine_chosen
where group_number = ? order by ingest_sequence, line_number"""
