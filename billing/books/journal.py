"""The audit log: who did what to the books, and when.

Here: writing an entry in the transaction of the act, and reading entries. Keep out: deciding
what is worth an entry; every act that changes the books writes one.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from billing.books.tables import audit_log

SYSTEM = "meterbook"
"""Who acted when no person did."""


@dataclass(frozen=True)
class Entry:
    """One act: `subject` is what was acted on, `detail` what a reader needs beside it."""

    at: datetime
    actor: str
    action: str
    subject: str
    detail: str


def log(connection: Connection, entry: Entry) -> None:
    """Write one entry; it stands or falls with the transaction of the act."""
    connection.execute(
        insert(audit_log).values(
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            detail=entry.detail,
        )
    )


def entries(connection: Connection) -> list[Entry]:
    """Read the whole log, oldest first."""
    rows = connection.execute(select(audit_log).order_by(audit_log.c.entry_id)).all()
    return [Entry(row.at, row.actor, row.action, row.subject, row.detail) for row in rows]
