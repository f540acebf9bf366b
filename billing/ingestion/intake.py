"""Taking delivered files into the warehouse, each of them whole or not at all.

Here: the order of the steps. Add a step when a file must pass one more. Keep out: how any
step works; each has a module of its own.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from billing.clock import Clock
from billing.errors import IngestError
from billing.ingestion.container import Delivery, unpack
from billing.ingestion.detect import named_format
from billing.ingestion.fates import decide, load_checks
from billing.ingestion.formats import SourceFormat
from billing.ingestion.keys import load_finalized, load_reference
from billing.ingestion.reading import Reader
from billing.ingestion.report import FileReport, IngestReport
from billing.ingestion.sequence import Numbering, deliveries
from billing.ingestion.store import Batch, write
from billing.ingestion.tables import create_raw_tables
from billing.periods import BillingMonth


@dataclass(frozen=True)
class _Order:
    """What holds for every file of one call."""

    clock: Clock
    chosen: SourceFormat | None
    source_id: str | None
    decisions: Mapping[str, Mapping[int, str]]


def ingest(  # noqa: PLR0913
    connection: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    *,
    catalog_folder: Path,
    clock: Clock,
    manifest: Mapping[str, int],
    decisions: Mapping[tuple[str, int], str],
    finalized: Mapping[tuple[str, BillingMonth], int],
    format_name: str | None = None,
    source_id: str | None = None,
    on_file: Callable[[FileReport], None] | None = None,
) -> IngestReport:
    """Take files and folders of logs; a file seen before, by content, is skipped.

    `manifest` (content sha256 -> number), `decisions` ((content sha256, line) -> reason) and
    `finalized` ((organization, month) -> watermark) come from the books. `source_id` names
    the instance that wrote the logs, by default its format. A file that cannot be taken is in
    `refused` and leaves nothing behind; the others are taken all the same.

    Raises CatalogError when the keys or outcomes cannot be read and IngestError when
    `format_name` is unknown.
    """
    chosen = named_format(format_name) if format_name else None
    order = _Order(clock, chosen, source_id, _by_content(decisions))
    create_raw_tables(connection)
    load_reference(connection, catalog_folder)
    load_finalized(connection, catalog_folder, finalized)
    load_checks(connection)
    found, refused = deliveries(paths, manifest)
    numbering = Numbering(manifest, _taken(connection))
    reports: list[FileReport] = []
    skipped = 0
    for delivery in found:
        if delivery.sha256 in numbering.taken:
            skipped += 1
            continue
        try:
            report = _take(connection, delivery, numbering.number_for(delivery), order)
        except IngestError as error:
            refused.append((delivery.name, str(error)))
            continue
        numbering.taken[delivery.sha256] = report.ingest_sequence
        reports.append(report)
        if on_file is not None:
            on_file(report)
    return IngestReport(tuple(reports), skipped, tuple(sorted(refused)))


def _take(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, number: int, order: _Order
) -> FileReport:
    now = order.clock.now()
    with _scratch(connection) as folder:
        reader = Reader(connection, delivery, folder, now)
        reading = reader.read(unpack(delivery, folder), order.chosen)
        source = order.source_id or reading.source.name
        decide(connection, source, order.decisions.get(delivery.sha256, {}))
        reader.fetch_texts(reading)
        return write(connection, Batch(delivery, number, reading.source.name, source, now))


def _by_content(decisions: Mapping[tuple[str, int], str]) -> dict[str, dict[int, str]]:
    sorted_out: dict[str, dict[int, str]] = {}
    for (sha256, line), reason in decisions.items():
        sorted_out.setdefault(sha256, {})[line] = reason
    return sorted_out


def _taken(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    found = connection.execute("select content_sha256, ingest_sequence from raw.ingest_file")
    return dict(found.fetchall())


@contextmanager
def _scratch(connection: duckdb.DuckDBPyConnection) -> Iterator[Path]:
    """A folder beside the warehouse, where there is room; what a crash left there is removed."""
    row = connection.execute(
        "select path from duckdb_databases() where database_name = current_database()"
    ).fetchone()
    beside = Path(row[0]) if row and row[0] else None
    if beside is None:
        with tempfile.TemporaryDirectory() as name:
            yield Path(name)
        return
    folder = beside.with_name(f"{beside.name}.ingest")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
