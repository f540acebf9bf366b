"""Taking delivered files into the warehouse, each of them whole or not at all.

Here: the order of the steps. Add a step when a file must pass one more. Keep out: how any
step works; each has a module of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from billing.clock import Clock
from billing.errors import IngestError
from billing.ingestion.container import unpack
from billing.ingestion.delivery import Delivery
from billing.ingestion.fates import decide, load_checks
from billing.ingestion.keys import load_finalized, load_reference, require_key
from billing.ingestion.mapping import load_formats
from billing.ingestion.quarantine import rereading
from billing.ingestion.quarantine.pointers import FORMAT, is_retry
from billing.ingestion.quarantine.waiting import Discarded, load_kept_rows
from billing.ingestion.reading import Asked, Reader
from billing.ingestion.report import FileReport, IngestReport
from billing.ingestion.scratch import hashing, scratch_folder
from billing.ingestion.sequence import Numbering, deliveries
from billing.ingestion.store import Batch, write
from billing.ingestion.supplied import KEY, Supplied, require_settable
from billing.ingestion.tables import create_raw_tables
from billing.periods import BillingMonth


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
    supplied: Supplied | None = None,
    discarded: Discarded | None = None,
    on_file: Callable[[FileReport], None] | None = None,
) -> IngestReport:
    """Take files and folders of logs; a file seen before, by content, is skipped.

    `manifest` (content sha256 -> number), `decisions` ((content sha256, line) -> reason) and
    `finalized` ((organization, month) -> watermark) come from the books. `source_id` names
    the instance that wrote the logs, by default its format; `supplied` gives fields that rows
    lack. `discarded` rows, also from the books, stay in quarantine for good. A file that cannot be taken is in
    `refused` and leaves nothing behind; the others are taken all the same.

    Raises CatalogError when keys, outcomes or mapping files cannot be read and IngestError when
    `format_name` or a supplied field is unknown.
    """
    formats = load_formats(catalog_folder)
    chosen = formats.named(format_name) if format_name else None
    require_settable(supplied or {})
    create_raw_tables(connection)
    # A file replaced under its name must be read anew, even within the same second.
    connection.execute("set enable_external_file_cache = false")
    load_reference(connection, catalog_folder)
    if supplied and KEY in supplied:
        require_key(connection, supplied[KEY])
    load_finalized(connection, catalog_folder, finalized)
    load_checks(connection)
    load_kept_rows(connection, discarded or {})
    intake = _Intake(
        connection,
        clock,
        Asked(formats, chosen, supplied or {}),
        source_id,
        _by_content({**(discarded or {}), **decisions}),
        Numbering(manifest, _taken(connection)),
        on_file or (lambda _: None),
    )
    return intake.take_all(paths)


@dataclass(frozen=True)
class _Intake:
    """One call: what holds for every file of it."""

    connection: duckdb.DuckDBPyConnection
    clock: Clock
    asked: Asked
    source_id: str | None
    decisions: Mapping[str, Mapping[int, str]]
    numbering: Numbering
    on_file: Callable[[FileReport], None]

    def take_all(self, paths: Sequence[Path]) -> IngestReport:
        with hashing() as background:
            found, refused = deliveries(paths, self.numbering.manifest, background)
            reports: list[FileReport] = []
            skipped = 0
            for delivery in found:
                try:
                    if self.numbering.is_taken(delivery):
                        skipped += 1
                        continue
                    reports.append(self._take(delivery))
                except IngestError as error:
                    refused.append((delivery.name, str(error)))
                    continue
                self.on_file(reports[-1])
        return IngestReport(tuple(reports), skipped, tuple(sorted(refused)))

    def _take(self, delivery: Delivery) -> FileReport:
        number = self.numbering.number_for(delivery)
        now = self.clock.now()
        decided = self.decisions.get(delivery.sha256, {}) if self.decisions else {}
        with scratch_folder(self.connection) as folder:
            plain = unpack(delivery, folder)
            decide_file = self._read_again if is_retry(plain) else self._read
            batch = decide_file(_File(delivery, number, folder, plain, now), decided)
            report = write(self.connection, batch)
        self.numbering.take(delivery, number)
        return report

    def _read(self, file: "_File", decided: Mapping[int, str]) -> Batch:
        reader = self._reader(file, self.asked)
        reading = reader.read(file.plain)
        source_id = self.source_id or reading.source.name
        decide(self.connection, source_id, reading.source.repeats, decided)
        reader.fetch_texts(reading)
        return file.batch(reading.source.name, source_id, self.asked.supplied)

    def _read_again(self, file: "_File", decided: Mapping[int, str]) -> Batch:
        origin = rereading.find_waiting(self.connection, file.delivery.name, file.plain, decided)
        formats = self.asked.formats
        chosen = formats.named(origin.format) if origin else None
        reader = self._reader(file, Asked(formats, chosen, origin.supplied if origin else {}))
        texts = file.folder / "texts_to_read_again"
        rereading.write_texts(self.connection, texts)
        reading = reader.read_again(texts)
        rereading.keep_judged(self.connection)
        source_id = origin.source_id if origin else FORMAT
        decide(self.connection, source_id, reading.source.repeats, {})
        rereading.settle(self.connection)
        reader.fetch_texts(reading)
        month = origin.file_month if origin else None
        return replace(file.batch(FORMAT, source_id, {}), is_retry=True, file_month=month)

    def _reader(self, file: "_File", asked: Asked) -> Reader:
        return Reader(self.connection, file.delivery, file.folder, file.now, asked)


@dataclass(frozen=True)
class _File:
    """One file being taken."""

    delivery: Delivery
    number: int
    folder: Path
    plain: Path
    now: datetime

    def batch(self, format_name: str, source_id: str, supplied: Supplied) -> Batch:
        return Batch(self.delivery, self.number, format_name, source_id, supplied, self.now)


def _by_content(decisions: Mapping[tuple[str, int], str]) -> dict[str, dict[int, str]]:
    sorted_out: dict[str, dict[int, str]] = {}
    for (sha256, line), reason in decisions.items():
        sorted_out.setdefault(sha256, {})[line] = reason
    return sorted_out


def _taken(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int, int]]:
    return connection.execute(
        "select content_sha256, size_bytes, ingest_sequence from raw.ingest_file"
    ).fetchall()
