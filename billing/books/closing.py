"""Closing a month: the watermark, the files below it and what was quarantined in them.

Here: the writes that freeze what a rebuilt warehouse must reproduce. Keep out: whether a
month may be closed (`billing.invoicing.finalize`); the order of months is a trigger.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from billing.books import tables
from billing.errors import BooksError
from billing.periods import BillingMonth


@dataclass(frozen=True)
class IngestedFile:
    """One file as the warehouse knows it, and how it was read (`supplied` is JSON or empty)."""

    ingest_sequence: int
    content_sha256: str
    file_name: str
    size_bytes: int
    received: int
    format: str = ""
    source_id: str = ""
    supplied: str = ""


@dataclass(frozen=True)
class QuarantineDecision:
    """One row of a file that was kept out, and why."""

    content_sha256: str
    line_number: int
    reason: str


@dataclass(frozen=True)
class Evidence:
    """Everything ingested up to a watermark: what a closed month rests on."""

    files: Sequence[IngestedFile]
    decisions: Sequence[QuarantineDecision]


def closed_at_watermark(
    connection: Connection, organization_id: str, month: BillingMonth
) -> int | None:
    """Return the watermark of a closed month; None while it is open."""
    table = tables.month_close
    return connection.execute(
        select(table.c.watermark).where(
            table.c.organization_id == organization_id, table.c.billing_month == month
        )
    ).scalar_one_or_none()


def close_month(
    connection: Connection,
    organization_id: str,
    month: BillingMonth,
    watermark: int,
    closed_at: datetime,
) -> None:
    """Close a month for good at `watermark`; its draft is done with."""
    key = {"organization_id": organization_id, "billing_month": month}
    connection.execute(
        insert(tables.month_close).values(**key, watermark=watermark, closed_at=closed_at)
    )
    remove_draft(connection, organization_id, month)


def remove_draft(connection: Connection, organization_id: str, month: BillingMonth) -> None:
    """Forget a draft: it was replaced, or its month is being closed."""
    table = tables.draft
    connection.execute(
        delete(table).where(
            table.c.organization_id == organization_id, table.c.billing_month == month
        )
    )


def record_evidence(connection: Connection, evidence: Evidence, recorded_at: datetime) -> None:
    """Copy the files the books do not know yet, with their quarantine decisions.

    Raises BooksError when a known sequence number now belongs to another content.
    """
    table = tables.file_manifest
    rows = connection.execute(select(table.c.ingest_sequence, table.c.content_sha256)).all()
    known = {row.ingest_sequence: row.content_sha256 for row in rows}
    for file in evidence.files:
        if known.get(file.ingest_sequence, file.content_sha256) != file.content_sha256:
            raise BooksError(
                f"File {file.ingest_sequence} of the warehouse ({file.file_name}) is not the "
                "one a closed month rests on. Rebuild the warehouse from the original files."
            )
    new = [file for file in evidence.files if file.ingest_sequence not in known]
    if new:
        values = [{**asdict(file), "recorded_at": recorded_at} for file in new]
        connection.execute(insert(table), values)
    contents = {file.content_sha256 for file in new}
    decisions = [asdict(row) for row in evidence.decisions if row.content_sha256 in contents]
    if decisions:
        connection.execute(insert(tables.quarantine_decision), decisions)
