"""The books, opened: what has been closed, drafted, ingested and decided.

Here: `Books`, its transactions and what every stage asks of it. Documents, receivables and
balances have their own modules (`register`, `receivables`, `balances`), which this class only
fronts. Keep out: rules of money and of time.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, Table, insert, select

from billing.books import balances, credit_uses, receivables, tables
from billing.books.amendments import carried_out, documents_of
from billing.books.closing import remove_draft
from billing.books.crediting import CorrectedDocument, corrected_documents
from billing.books.documents import (
    Registration,
    StoredDocument,
    registrations,
    stored_document,
)
from billing.books.engine import WRITES, connect, refusals
from billing.books.journal import Entry, entries
from billing.books.quarantine import Discard, record_discards, recorded_discards
from billing.books.receivables import Receivable
from billing.books.schema import migrate
from billing.boundaries import reached
from billing.periods import BillingMonth


def open_books(url: str) -> "Books":
    """Open the books at `url`, creating them or bringing them to the newest revision.

    Raises BooksError when `url` names no usable database.
    """
    engine = connect(url)
    with refusals():
        migrate(engine)
    return Books(engine)


class Books:
    """The facts nobody can recompute. Every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the books."""
        with refusals(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that has the books to itself; a second writer waits.

        Raises BooksError when the database refuses, with its reason; nothing was written.
        """
        engine = self.engine.execution_options(**{WRITES: True})
        with refusals(), engine.begin() as connection:
            yield connection

    def finalized(self, organization_id: str | None = None) -> dict[tuple[str, BillingMonth], int]:
        """Return the watermark of every closed (organization, month), or of one's months."""
        return self._watermarks(tables.month_close, organization_id)

    def drafts(self, organization_id: str | None = None) -> dict[tuple[str, BillingMonth], int]:
        """Return the watermark of every (organization, month) that is drafted and open."""
        return self._watermarks(tables.draft, organization_id)

    def _watermarks(
        self, table: Table, organization_id: str | None
    ) -> dict[tuple[str, BillingMonth], int]:
        query = select(table.c.organization_id, table.c.billing_month, table.c.watermark)
        if organization_id is not None:
            query = query.where(table.c.organization_id == organization_id)
        with self.reading() as connection:
            rows = connection.execute(query).all()
        return {(row.organization_id, row.billing_month): row.watermark for row in rows}

    def record_drafts(
        self, month: BillingMonth, watermarks: Mapping[str, int], drafted_at: datetime
    ) -> None:
        """Remember at which watermark each organization's month was drafted.

        An earlier draft of the same month is replaced; closed months are left alone.
        """
        closed = {organization for organization, closed in self.finalized() if closed == month}
        rows = [
            {
                "organization_id": organization_id,
                "billing_month": month,
                "watermark": watermark,
                "drafted_at": drafted_at,
            }
            for organization_id, watermark in sorted(watermarks.items())
            if organization_id not in closed
        ]
        if not rows:
            return
        with self.writing() as connection:
            for row in rows:
                remove_draft(connection, str(row["organization_id"]), month)
            connection.execute(insert(tables.draft), rows)
            reached("draft.before_commit")
        reached("draft.after_commit")

    def manifest(self) -> dict[str, int]:
        """Content hash to ingest sequence, for every file that a closed month rests on."""
        table = tables.file_manifest
        with self.reading() as connection:
            rows = connection.execute(
                select(table.c.content_sha256, table.c.ingest_sequence).order_by(
                    table.c.ingest_sequence
                )
            ).all()
        return {row.content_sha256: row.ingest_sequence for row in rows}

    def how_read(self) -> dict[str, tuple[str, str, str]]:
        """Content hash to format, source and supplied fields (JSON or empty) of the same files."""
        table = tables.file_manifest
        with self.reading() as connection:
            rows = connection.execute(
                select(table.c.content_sha256, table.c.format, table.c.source_id, table.c.supplied)
            ).all()
        return {row.content_sha256: (row.format, row.source_id, row.supplied) for row in rows}

    def decisions(self) -> dict[tuple[str, int], str]:
        """(content hash, line) to reason, for every row quarantined when a month was closed."""
        table = tables.quarantine_decision
        with self.reading() as connection:
            rows = connection.execute(
                select(table.c.content_sha256, table.c.line_number, table.c.reason)
            ).all()
        return {(row.content_sha256, row.line_number): row.reason for row in rows}

    def discard(self, discards: Sequence[Discard], chosen: str) -> None:
        """Discard quarantined rows for good; `chosen` says in words which rows were meant.

        Raises BooksError without a reason, and when one of them was discarded before.
        """
        with self.writing() as connection:
            record_discards(connection, discards, chosen)
            reached("discard.before_commit")
        reached("discard.after_commit")

    def discards(self) -> list[Discard]:
        """Every discarded row with why, who and when."""
        with self.reading() as connection:
            return recorded_discards(connection)

    def documents(
        self, month: BillingMonth | None = None, organization_id: str | None = None
    ) -> list[tuple[Registration, str]]:
        """Every matching finalized document with its SHA-256, in order of its number."""
        with self.reading() as connection:
            return registrations(connection, month, organization_id)

    def document(self, number: str) -> StoredDocument:
        """One finalized document as filed. Raises BooksError if none, or if it was altered."""
        with self.reading() as connection:
            return stored_document(connection, number)

    def corrected_documents(self, month: BillingMonth) -> list[CorrectedDocument]:
        """Which earlier document each service month's late usage below zero corrects."""
        with self.reading() as connection:
            return corrected_documents(connection, month)

    def carried_out(self) -> dict[str, BillingMonth]:
        """Return the month whose documents carried each amendment."""
        with self.reading() as connection:
            return carried_out(connection)

    def documents_of(
        self, organization_id: str, service_month: BillingMonth, before: BillingMonth
    ) -> list[dict[str, Any]]:
        """What was filed in months before `before` for usage of a service month."""
        with self.reading() as connection:
            return list(documents_of(connection, organization_id, service_month, before))

    def receivables(self, organization_id: str | None = None) -> list[Receivable]:
        """Every invoice that asked for money, and what became of it, the first due first."""
        with self.reading() as connection:
            return receivables.receivables(connection, organization_id)

    def posted_closing_balances(self, month: BillingMonth) -> dict[str, Decimal]:
        """Return each organization's prepaid balance after `month`, by posted entries."""
        with self.reading() as connection:
            return balances.closing_balances(connection, month)

    def posted_closing_balance(self, organization_id: str, month: BillingMonth) -> Decimal:
        """Return one prepaid balance after `month` in major units; 0 without entries."""
        return self.posted_closing_balances(month).get(organization_id, Decimal(0))

    def posted_top_ups(self) -> dict[str, BillingMonth]:
        """Return the closed month that posted each top-up."""
        with self.reading() as connection:
            posted = balances.posted_acts(connection)
        return {name: month for (kind, name), month in posted.items() if kind == "top_up"}

    def posted_acts(self) -> dict[tuple[str, str], BillingMonth]:
        """Return the closed month that posted each (kind, id) of what people did to balances."""
        with self.reading() as connection:
            return balances.posted_acts(connection)

    def credits_used(self, month: BillingMonth) -> list[credit_uses.CreditUsed]:
        """List what documents of months before `month` used of each credit."""
        with self.reading() as connection:
            return credit_uses.used_before(connection, month)

    def billed_nets(self, month: BillingMonth) -> list[credit_uses.BilledNet]:
        """List what invoices of usage came to, month by month, before `month`."""
        with self.reading() as connection:
            return credit_uses.billed_before(connection, month)

    def audit_log(self) -> list[Entry]:
        """Who did what, oldest first."""
        with self.reading() as connection:
            return entries(connection)
