"""Writing a staged file into schema `raw`: every row once, rows and manifest together.

Here: the one transaction per file and the sum that must hold before it commits. Add a raw
table's filling here. Keep out: deciding fates (`fates.py`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from billing.boundaries import reached
from billing.errors import IngestError
from billing.ingestion.delivery import Delivery
from billing.ingestion.report import FileReport
from billing.ingestion.staging import content_hash
from billing.ingestion.tables import MAIN_METERS, OTHER_METERS

_METERS = ", ".join(MAIN_METERS)


@dataclass(frozen=True)
class Batch:
    """One file about to be written, under its number."""

    delivery: Delivery
    ingest_sequence: int
    format: str
    source_id: str
    ingested_at: datetime


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
    accepted = _number(connection, _ACCEPTED, [number, batch.source_id])
    duplicates = _number(connection, _DUPLICATES, [number, batch.source_id, number])
    quarantined = _number(connection, _QUARANTINED, [number])
    connection.execute(_OTHER_METERS, [number])
    return FileReport(
        file_name=batch.delivery.name,
        format=batch.format,
        source_id=batch.source_id,
        ingest_sequence=number,
        received=_number(connection, "select count(*) from staged_row", []),
        accepted=accepted,
        duplicates=duplicates,
        quarantined=quarantined,
        late=_late(connection, number),
    )


def _late(connection: duckdb.DuckDBPyConnection, number: int) -> int:
    if not _number(connection, "select count(*) from ingest_finalized", []):
        return 0
    return _number(connection, _LATE, [number, number])


def _write_manifest(
    connection: duckdb.DuckDBPyConnection, batch: Batch, report: FileReport
) -> None:
    at = batch.ingested_at.astimezone(UTC).replace(tzinfo=None)
    months = connection.execute(_FILE_MONTH).fetchone()
    connection.execute(
        "insert into raw.ingest_file values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
            months[0] if months else at.date().replace(day=1),
            at,
        ],
    )
    connection.execute(_FILE_METERS, [report.ingest_sequence, report.ingest_sequence])


def _number(connection: duckdb.DuckDBPyConnection, statement: str, values: list[object]) -> int:
    row = connection.execute(statement, values).fetchone()
    return int(row[0]) if row else 0


_ACCEPTED = f"""
insert into raw.usage_event
select ?, line_number, ?, native_id, kind, {content_hash()},
    owner.organization_id, owner.project_id, owner.api_key_id,
    requested_model, answered_model, provider, region, service_tier_asked, service_tier,
    is_byok, outcome, status_code, throttle_cause, usage_quality,
    started_at, completed_at, latency_ms, {_METERS}, source_cost_usd
from sound_row
inner join ingest_owner as owner on sound_row.key_code = owner.key_code
where line_number not in (select line_number from ingest_repeated)"""

_DUPLICATES = f"""
insert into raw.duplicate_event
select ?, repeated.line_number, ?, native_id, kind, owner.organization_id, completed_at,
    coalesce(first_ingest_sequence, ?), first_line_number, {_METERS}
from ingest_repeated as repeated
inner join sound_row on repeated.line_number = sound_row.line_number
inner join ingest_owner as owner on sound_row.key_code = owner.key_code
where repeated.is_same_content"""

_QUARANTINED = f"""
insert into raw.quarantined_event
select ?, rejected.line_number, rejected.reason, rejected.field, rejected.detail,
    rejected.remedy, coalesce(native_id, ''), rejected.organization_id,
    completed_at, {_METERS}, coalesce(texts.raw_line, '')
from ingest_rejected as rejected
inner join staged_row on rejected.line_number = staged_row.line_number
left join ingest_text as texts on rejected.line_number = texts.line_number"""

_OTHER_METERS = f"""
insert into raw.usage_event_meter
with meters as (
    {
    " union all ".join(
        f"select line_number, '{meter}' as meter, {meter} as quantity "
        f"from staged_row where {meter} > 0"
        for meter in OTHER_METERS
    )
}
)
select ?, meters.line_number,
    case when rejected.line_number is not null then 'quarantined'
        when repeated.line_number is not null then 'duplicate' else 'accepted' end,
    meters.meter, meters.quantity
from meters
left join ingest_rejected as rejected on meters.line_number = rejected.line_number
left join ingest_repeated as repeated on meters.line_number = repeated.line_number"""

_FILE_METERS = f"""
insert into raw.ingest_file_meter
select ?, 'requests', count(*) from staged_row
union all
select ?, meter, cast(quantity as bigint) from (
    unpivot (select {", ".join(f"sum({m}) as {m}" for m in (*MAIN_METERS, *OTHER_METERS))}
        from staged_row) on columns(*) into name meter value quantity)
where quantity > 0"""

_FILE_MONTH = """
select cast(date_trunc('month', completed_at) as date) as month_date
from staged_row where completed_at is not null
group by month_date order by count(*) desc, month_date limit 1"""

_LATE = """
select count(*) from raw.usage_event as e
inner join ingest_finalized as closed
    on e.organization_id = closed.organization_id
    and e.completed_at >= closed.starts_at and e.completed_at < closed.ends_at
where e.ingest_sequence = ? and ? > closed.watermark"""
