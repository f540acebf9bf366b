"""Rows of the quarantine that somebody discarded: what, why, who and when.

Here: writing and reading those decisions. Keep out: which rows wait
(`billing.ingestion.quarantine`).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from billing.books.journal import Entry, log
from billing.books.tables import quarantine_discard
from billing.errors import BooksError


@dataclass(frozen=True)
class Discard:
    """One row that is not to be read again; `reason` is why it was quarantined."""

    content_sha256: str
    line_number: int
    reason: str
    because: str
    discarded_by: str
    discarded_at: datetime


def record_discards(connection: Connection, discards: Sequence[Discard], chosen: str) -> None:
    """Record discards of one act; `chosen` says in words which rows were meant.

    Raises BooksError when there is none, or no reason is given.
    """
    if not discards:
        raise BooksError("No row was given to discard.")
    first = discards[0]
    if not first.because.strip():
        raise BooksError("Discarding needs a reason: say why with --because.")
    connection.execute(insert(quarantine_discard), [asdict(each) for each in discards])
    subject = f"{len(discards)} quarantined rows ({chosen})"
    log(
        connection,
        Entry(first.discarded_at, first.discarded_by, "discard", subject, first.because),
    )


def recorded_discards(connection: Connection) -> list[Discard]:
    """Every discard, in the order of files' contents and lines."""
    table = quarantine_discard
    rows = connection.execute(
        select(table).order_by(table.c.content_sha256, table.c.line_number)
    ).all()
    return [Discard(**row._asdict()) for row in rows]
