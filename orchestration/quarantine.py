"""The quarantine as the command line works in it.

Here: warehouse, books and landing folder put together for one act. Keep out: printing
(`commands/quarantine.py`) and judging rows (`billing.ingestion`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from billing.books import Books
from billing.books.quarantine import Discard
from billing.clock import Clock
from billing.errors import BooksError, IngestError
from billing.first_row import first_row
from billing.home import Home
from billing.ingestion import FileReport, IngestReport
from billing.ingestion.quarantine import (
    Chosen,
    load_kept_rows,
    pending_files,
    rows_of,
    write_retries,
)
from orchestration.ingest import discarded_of, ingest


@dataclass(frozen=True)
class Retried:
    """What a retry came to; `written` are rows pointed to, and `waiting` what is left of the choice."""

    report: IngestReport
    written: int
    waiting: int

    @property
    def released(self) -> int:
        """Rows that are no longer in quarantine, those of an interrupted retry included."""
        return sum(file.released for file in self.report.per_file)


def look(connection: duckdb.DuckDBPyConnection, books: Books) -> None:
    """Make the quarantine readable on this connection, as the books say today."""
    load_kept_rows(connection, discarded_of(books))


def retry(
    connection: duckdb.DuckDBPyConnection,
    chosen: Chosen,
    *,
    home: Home,
    books: Books,
    clock: Clock,
    on_file: Callable[[FileReport], None],
) -> Retried:
    """Read the chosen waiting rows again, after what an interrupted retry left to be done.

    Raises IngestError when a retry file cannot be taken; rows it points to stay as they are.
    """

    def take() -> IngestReport:
        files = pending_files(home.landing)
        report = ingest(connection, files, home=home, books=books, clock=clock, on_file=on_file)
        if report.refused:
            refusals = "\n".join(f"{name}: {message}" for name, message in report.refused)
            raise IngestError(f"Not retried:\n{refusals}")
        return report

    before = _last_sequence(connection)
    pending = take()
    look(connection, books)
    written = write_retries(
        connection, home.landing, home.catalog_in_force, chosen, retried_after=before
    )
    now = take() if written.files else IngestReport((), 0, ())
    report = IngestReport((*pending.per_file, *now.per_file), 0, ())
    return Retried(report, written.rows, sum(1 for _ in rows_of(connection, chosen)))


def discard(
    connection: duckdb.DuckDBPyConnection,
    chosen: Chosen,
    because: str,
    actor: str,
    *,
    books: Books,
    clock: Clock,
) -> int:
    """Discard the chosen waiting rows for good and return how many.

    Raises BooksError when nothing narrows the choice, no row waits, or no reason is given.
    """
    if chosen.is_everything:
        raise BooksError("Say which rows to discard: --reason, --org, --file or --line.")
    if not because.strip():
        raise BooksError("Discarding needs a reason: say why with --because.")
    look(connection, books)
    now = clock.now()
    discards = [
        Discard(row.content_sha256, row.line_number, row.reason, because.strip(), actor, now)
        for row in rows_of(connection, chosen)
    ]
    if not discards:
        raise BooksError(_nothing_waits(connection, chosen))
    books.discard(discards, chosen.words)
    return len(discards)


def _nothing_waits(connection: duckdb.DuckDBPyConnection, chosen: Chosen) -> str:
    before = sum(1 for _ in rows_of(connection, chosen.discarded()))
    if before:
        return f"No row of this choice waits ({chosen.words}); discarded before: {before}."
    return f"No row of this choice waits ({chosen.words}). See `meterbook quarantine list`."


def _last_sequence(connection: duckdb.DuckDBPyConnection) -> int:
    found = first_row(connection.execute("select max(ingest_sequence) from raw.ingest_file"))
    return int(found[0] or 0) if found else 0
