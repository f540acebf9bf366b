"""Writing a staged file into schema `raw`: every row once, rows and manifest together.

Here: the one transaction per file and the sum that must hold before it commits. Add a raw
table's filling here. Keep out: deciding fates (`fates.py`).
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb

from billing.boundaries import reached
from billing.errors import IngestError
from billing.first_row import first_row
from billing.ingestion import raw_rows as rows
from billing.ingestion.delivery import Delivery
from billing.ingestion.report import FileReport
from billing.ingestion.shared_facts import store_owners, store_shapes
from billing.ingestion.supplied import Supplied


@dataclass(frozen=True)
class Batch:
    """One file about to be written, under its number.

    Of a retry file `file_month` is that of the rows it retries; any other has its own.
    """

    delivery: Delivery
    ingest_sequence: int
    format: str
    source_id: str
    supplied: Supplied
    ingested_at: datetime
    is_retry: bool = False
    file_month: date | None = None


def write(connection: duckdb.DuckDBPyConnection, batch: Batch) -> FileReport:
    """Write the staged file and its manifest row in one transaction.

    Raises IngestError, leaving nothing behind, when the rows do not add up or the file has
    changed since it was hashed.
    """
    connection.execute("begin transaction")
    try:
        report = _write_rows(connection, batch)
        _require_sum(report)
        _write_manifest(connection, batch, report)
        batch.delivery.require_unchanged()
        reached("ingest.before_commit")
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    reached("ingest.after_commit")
    return report


def _require_sum(report: FileReport) -> None:
    if report.received != report.accepted + report.duplicates + report.quarantined:
        raise IngestError(
            f"{report.file_name}: {report.received} rows were received, but {report.accepted} "
            f"accepted, {report.duplicates} duplicate and {report.quarantined} quarantined. "
            "Nothing of it was taken; report this file."
        )


def _write_rows(connection: duckdb.DuckDBPyConnection, batch: Batch) -> FileReport:
    number = batch.ingest_sequence
    shape_id = store_shapes(connection, batch.source_id, batch.delivery.sha256)
    store_owners(connection)
    accepted = _number(connection, rows.ACCEPTED.format(shape_id=shape_id), [number])
    connection.execute(rows.IDENTITIES, [batch.source_id, number])
    duplicates = _number(connection, rows.DUPLICATES, [number, batch.source_id, number])
    quarantined = _number(connection, rows.QUARANTINED, [number])
    connection.execute(rows.OTHER_METERS, [number])
    replaced = _withdraw(connection, number)
    released = _release(connection, number) if batch.is_retry else 0
    connection.execute(rows.RETRIED_IGNORED if batch.is_retry else rows.IGNORED, [number])
    staged = _number(connection, "select count(*) from staged_row", [])
    return FileReport(
        file_name=batch.delivery.name,
        format=batch.format,
        source_id=batch.source_id,
        ingest_sequence=number,
        received=staged - released,
        accepted=accepted - replaced,
        duplicates=duplicates + replaced,
        quarantined=quarantined - released,
        late=_late(connection, number),
        replaced=replaced,
        ignored=_number(connection, rows.COUNT_IGNORED, [number]),
        released=released,
    )


def _release(connection: duckdb.DuckDBPyConnection, number: int) -> int:
    """Take rows out of quarantine that a retry file found sound; returns how many.

    Raw rows are never changed: a release counts as one quarantined row less, where and when the
    row counted.
    """
    released = _number(connection, rows.RELEASED, [number])
    connection.execute(rows.RELEASED_METERS, [number])
    connection.execute(rows.RETRIED, [number])
    return released


def _withdraw(connection: duckdb.DuckDBPyConnection, number: int) -> int:
    """Take back each event that a newer version of its row replaced; returns how many.

    Raw rows are never changed: a reversal undoes the event at its own instant, and the event
    becomes the duplicate. Both stand at the line of the newer version, below zero.
    """
    if not _number(connection, "select count(*) from ingest_replaced", []):
        return 0
    withdrawn = _number(connection, rows.REVERSALS, [number])
    connection.execute(rows.WITHDRAWN, [number])
    connection.execute(rows.WITHDRAWN_METERS, [number])
    return withdrawn


def _late(connection: duckdb.DuckDBPyConnection, number: int) -> int:
    if not _number(connection, "select count(*) from ingest_finalized", []):
        return 0
    return _number(connection, rows.LATE, [number, number])


def _write_manifest(
    connection: duckdb.DuckDBPyConnection, batch: Batch, report: FileReport
) -> None:
    at = batch.ingested_at.astimezone(UTC).replace(tzinfo=None)
    months = first_row(connection.execute(rows.FILE_MONTH))
    last = first_row(connection.execute(rows.LAST_COMPLETION))
    own_month = months[0] if months else at.date().replace(day=1)
    connection.execute(
        "insert into raw.ingest_file values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            report.ingest_sequence,
            report.file_name,
            batch.delivery.sha256,
            batch.delivery.size_bytes,
            report.format,
            report.source_id,
            report.received,
            report.accepted,
            report.duplicates,
            report.quarantined,
            report.late,
            report.ignored,
            batch.file_month or own_month,
            last[0] if last else None,
            at,
            json.dumps(batch.supplied, sort_keys=True) if batch.supplied else "",
        ],
    )
    connection.execute(rows.FILE_METERS, [report.ingest_sequence])


def _number(connection: duckdb.DuckDBPyConnection, statement: str, values: list[object]) -> int:
    row = first_row(connection.execute(statement, values))
    return int(row[0]) if row else 0
