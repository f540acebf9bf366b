"""Taking delivered files into the warehouse, each of them whole or not at all.

Here: the order of the steps. Add a step when a file must pass one more. Keep out: how any
step works; each has a module of its own.
"""

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from billing.clock import Clock
from billing.ingestion.bills import BillReport, known_bills, write_bill
from billing.ingestion.container import unpack
from billing.ingestion.delivery import Delivery
from billing.ingestion.duplicates import refresh_identities, search_history
from billing.ingestion.fates import decide, load_checks
from billing.ingestion.keys import load_finalized, load_reference, require_key
from billing.ingestion.mapping import load_formats
from billing.ingestion.quarantine import rereading
from billing.ingestion.quarantine.pointers import FORMAT, is_retry
from billing.ingestion.quarantine.waiting import Discarded, load_kept_rows
from billing.ingestion.read_ahead import File, Read, are_enough
from billing.ingestion.reading import Reader
from billing.ingestion.report import FileReport, IngestReport, Told
from billing.ingestion.scratch import hashing, scratch_folder
from billing.ingestion.sequence import Numbering, deliveries
from billing.ingestion.store import Batch, write
from billing.ingestion.supplied import KEY, Asked, Supplied, require_settable
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
    how_read: Mapping[str, tuple[str, str, str]] | None = None,
    format_name: str | None = None,
    source_id: str | None = None,
    supplied: Supplied | None = None,
    discarded: Discarded | None = None,
    on_file: Callable[[FileReport], None] | None = None,
    on_bill: Callable[[BillReport], None] | None = None,
) -> IngestReport:
    """Take files and folders of logs and bills; a file seen before, by content, is skipped.

    `manifest` (content sha256 -> number), `decisions` ((content sha256, line) -> reason),
    `finalized` ((organization, month) -> watermark) and `how_read` (content sha256 -> format,
    source and supplied fields) come from the books. `source_id` names the instance that wrote
    the logs, by default its format; `supplied` gives fields that rows lack. `discarded` rows, also
    from the books, stay in quarantine for good. A file that finalized months rest on is read as it
    was then. A file that cannot be taken is in `refused` and leaves
    nothing behind; the others are taken all the same.

    Raises CatalogError when keys, outcomes or mapping files cannot be read and IngestError when
    `format_name` or a supplied field is unknown.
    """
    formats = load_formats(catalog_folder)
    chosen = formats.named(format_name) if format_name else None
    require_settable(supplied or {})
    create_raw_tables(connection)
    refresh_identities(connection)
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
        Asked(formats, chosen, supplied or {}, source_id),
        how_read or {},
        _by_content({**(discarded or {}), **decisions}),
        Numbering(manifest, _taken(connection)),
        Numbering({}, known_bills(connection)),
        on_file or (lambda _: None),
        on_bill or (lambda _: None),
    )
    return intake.take_all(paths)


@dataclass(frozen=True)
class _Intake:
    """One call: what holds for every file of it."""

    connection: duckdb.DuckDBPyConnection
    clock: Clock
    asked: Asked
    how_read: Mapping[str, tuple[str, str, str]]
    decisions: Mapping[str, Mapping[int, str]]
    numbering: Numbering
    bill_numbering: Numbering
    on_file: Callable[[FileReport], None]
    on_bill: Callable[[BillReport], None]

    def take_all(self, paths: Sequence[Path]) -> IngestReport:
        with hashing() as background:
            found, refused = deliveries(paths, self.numbering.manifest, background)
            waiting = deque(found)
            told = Told(refused)
            while waiting:
                with scratch_folder(self.connection) as folder:
                    self._take_some(waiting, folder, told)
        return told.report()

    def _take_some(self, waiting: deque[Delivery], folder: Path, told: Told) -> None:
        """Read as many files as one search of the history is worth, then write each."""
        files: list[File] = []
        while waiting and not are_enough(self.connection, files):
            delivery = waiting.popleft()
            if self._is_taken(delivery):
                told.skipped += 1
                continue
            with told.refusing(delivery.name):
                files.append(self._read(delivery, folder / str(len(waiting))))
        if sought := [file.rows for file in files if file.rows]:
            search_history(self.connection, sought)
        written: list[int] = []
        for file in files:
            if self._is_taken(file.delivery):
                told.skipped += 1
                continue
            report: FileReport | BillReport | None = None
            with told.refusing(file.delivery.name):
                report = self._write(file, written)
            if isinstance(report, BillReport):
                told.bills.append(report)
                self.on_bill(report)
            elif report:
                written.append(report.ingest_sequence)
                told.reports.append(report)
                self.on_file(report)

    def _is_taken(self, delivery: Delivery) -> bool:
        return self.numbering.is_taken(delivery) or self.bill_numbering.is_taken(delivery)

    def _read(self, delivery: Delivery, folder: Path) -> File:
        folder.mkdir()
        file = File(delivery, folder, unpack(delivery, folder), self.clock.now())
        if is_retry(file.plain):
            return file
        asked = self._asked_of(delivery)
        reader = self._reader(file, asked)
        reading = reader.read(file.plain)
        source_id = asked.source_id or reading.source.name
        return replace(file, read=Read(reader, reading, source_id, asked.supplied))

    def _write(self, file: File, written: Sequence[int]) -> FileReport | BillReport:
        file.delivery.require_unchanged()
        decided = self.decisions.get(file.delivery.sha256, {}) if self.decisions else {}
        if file.read is None:
            batch = self._read_again(file, decided)
        elif rows := file.read.rows:
            read = file.read
            rows.staged.show(self.connection)
            decide(self.connection, rows, decided, written)
            read.reader.fetch_texts(read.reading)
            batch = self._batch(file, read.reading.source.name, read.source_id, read.supplied)
        else:
            return self._write_bill(file, file.read)
        report = write(self.connection, batch)
        self.numbering.take(file.delivery, batch.ingest_sequence)
        return report

    def _asked_of(self, delivery: Delivery) -> Asked:
        """What the books say of a file that finalized months rest on; else what the caller says."""
        format_name, source_id, supplied = ("", "", "")
        if self.how_read:
            format_name, source_id, supplied = self.how_read.get(delivery.sha256, ("", "", ""))
        if not format_name:
            return self.asked
        formats = self.asked.formats
        return Asked(
            formats, formats.named(format_name), json.loads(supplied or "{}"), source_id or None
        )

    def _write_bill(self, file: File, read: Read) -> BillReport:
        number = self.bill_numbering.number_for(file.delivery)
        report = BillReport(
            file.delivery.name, read.reading.source.name, read.source_id, number, rows=0
        )
        report = write_bill(self.connection, file.delivery, report, file.now)
        self.bill_numbering.take(file.delivery, number)
        return report

    def _read_again(self, file: File, decided: Mapping[int, str]) -> Batch:
        origin = rereading.find_waiting(self.connection, file.delivery.name, file.plain, decided)
        formats = self.asked.formats
        chosen = formats.named(origin.format) if origin else None
        reader = self._reader(file, Asked(formats, chosen, origin.supplied if origin else {}))
        texts = file.folder / "texts_to_read_again"
        rereading.write_texts(self.connection, texts)
        reading = reader.read_again(texts)
        source_id = origin.source_id if origin else FORMAT
        if rows := Read(reader, reading, source_id, {}).rows:
            rows.staged.show(self.connection)
            rereading.keep_judged(self.connection)
            search_history(self.connection, [rows])
            decide(self.connection, rows, {})
        rereading.settle(self.connection)
        reader.fetch_texts(reading)
        month = origin.file_month if origin else None
        return replace(self._batch(file, FORMAT, source_id, {}), is_retry=True, file_month=month)

    def _batch(self, file: File, format_name: str, source_id: str, supplied: Supplied) -> Batch:
        number = self.numbering.number_for(file.delivery)
        return Batch(file.delivery, number, format_name, source_id, supplied, file.now)

    def _reader(self, file: File, asked: Asked) -> Reader:
        return Reader(self.connection, file.delivery, file.folder, file.now, asked)


def _by_content(decisions: Mapping[tuple[str, int], str]) -> dict[str, dict[int, str]]:
    sorted_out: dict[str, dict[int, str]] = {}
    for (sha256, line), reason in decisions.items():
        sorted_out.setdefault(sha256, {})[line] = reason
    return sorted_out


def _taken(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int, int]]:
    return connection.execute(
        "select content_sha256, size_bytes, ingest_sequence from raw.ingest_file"
    ).fetchall()
