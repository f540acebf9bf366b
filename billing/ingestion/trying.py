"""Trying a format on a sample of a log, with nothing written anywhere.

Here: reading a sample into a warehouse in memory and pairing each row with its event. Keep
out: printing the pairs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from billing.clock import Clock
from billing.ingestion.bill_rows import require_sound
from billing.ingestion.canonical import BILL_FIELDS, SourceFormat
from billing.ingestion.container import unpack
from billing.ingestion.delivery import examine
from billing.ingestion.duplicates import Sought, search_history
from billing.ingestion.fates import decide, load_checks
from billing.ingestion.keys import load_finalized, load_reference
from billing.ingestion.mapping import Formats, load_formats
from billing.ingestion.reading import Reader
from billing.ingestion.scratch import hashing, scratch_folder
from billing.ingestion.supplied import Asked, require_settable
from billing.ingestion.tables import create_raw_tables

_PAIRS = """
select file.line_number, texts.raw_line, file.ignored_rule,
    case when file.ignored_rule is not null then 'ignored: ' || file.ignored_rule
        when rejected.line_number is not null
            then 'quarantined: ' || rejected.reason || ' (' || rejected.field
                || case when rejected.detail = '' then '' else ' ' || rejected.detail end || ')'
        when repeated.line_number is not null then 'duplicate'
        else 'accepted' end as fate,
    file.*
from staged_file as file
left join ingest_text as texts on file.line_number = texts.line_number
left join ingest_rejected as rejected on file.line_number = rejected.line_number
left join ingest_repeated as repeated on file.line_number = repeated.line_number
order by file.line_number limit ?"""
_HIDDEN = {
    *("line_number", "problem", "ignored_rule", "row_version", "detail", "key_code", "shape"),
}


@dataclass(frozen=True)
class TriedRow:
    """One row before and after: its text, its fate, and the fields of its event that say anything."""

    line_number: int
    before: str
    fate: str
    after: Mapping[str, Any]


def try_format(
    path: Path,
    *,
    catalog_folder: Path,
    clock: Clock,
    source: SourceFormat | None = None,
    supplied: Mapping[str, str] | None = None,
    rows: int = 5,
) -> tuple[SourceFormat, list[TriedRow]]:
    """Read a sample in `source`, or in the format it is recognised as, and show the first rows.

    Raises IngestError when the file is no log and CatalogError when the catalog cannot be read.
    """
    formats = load_formats(catalog_folder) if source is None else Formats({})
    require_settable(supplied or {})
    with duckdb.connect() as connection, scratch_folder(connection) as folder:
        connection.execute("set TimeZone = 'UTC'")
        create_raw_tables(connection)
        load_reference(connection, catalog_folder)
        load_finalized(connection, catalog_folder, {})
        load_checks(connection)
        with hashing() as background:
            delivery = examine(path.name, path, background)
            asked = Asked(formats, source, supplied or {})
            reader = Reader(connection, delivery, folder, clock.now(), asked)
            reading = reader.read(unpack(delivery, folder))
        if reading.staged is None:
            return reading.source, _billed(connection, path.name, rows)
        file = Sought(reading.staged, reading.source.name, reading.source.repeats)
        reading.staged.show(connection)
        search_history(connection, [file])
        decide(connection, file, {})
        reader.fetch_first_texts(reading, rows)
        return reading.source, _pairs(connection, rows)


def _billed(connection: duckdb.DuckDBPyConnection, name: str, rows: int) -> list[TriedRow]:
    """The first rows of a bill; it is taken whole, so none of them has a fate of its own."""
    require_sound(connection, name)
    fields = ", ".join(BILL_FIELDS)
    found = connection.execute(
        f"select row_number, {fields} from staged_bill order by row_number limit ?", [rows]
    ).fetchall()
    return [
        TriedRow(number, "", "billed", {n: v for n, v in zip(BILL_FIELDS, told, strict=True) if v})
        for number, *told in found
    ]


def _pairs(connection: duckdb.DuckDBPyConnection, rows: int) -> list[TriedRow]:
    found = connection.execute(_PAIRS, [rows])
    names = [column[0] for column in found.description or []]
    pairs = []
    for number, text, _, fate, *values in found.fetchall():
        told = zip(names[4:], values, strict=True)
        after = {name: value for name, value in told if name not in _HIDDEN and value not in _EMPTY}
        pairs.append(TriedRow(number, text or "", fate, after))
    return pairs


_EMPTY = (None, "", 0, False)
