"""Ingestion as the command, the asset and the sensor run it.

Here: what the books know, handed to `billing.ingestion`. Keep out: reading files.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import duckdb

from billing.books import Books
from billing.clock import Clock
from billing.home import Home
from billing.ingestion import BillReport, FileReport, IngestReport
from billing.ingestion import ingest as ingest_files
from billing.subscriptions import write_in_force


def ingest(  # noqa: PLR0913  # each is one thing the command can say
    connection: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    *,
    home: Home,
    books: Books,
    clock: Clock,
    format_name: str | None = None,
    source_id: str | None = None,
    supplied: Mapping[str, str] | None = None,
    on_file: Callable[[FileReport], None] | None = None,
    on_bill: Callable[[BillReport], None] | None = None,
) -> IngestReport:
    """Ingest files or folders into the warehouse, in the order the books remember.

    Raises IngestError when a path does not exist, and CatalogError when keys cannot be read.
    """
    return ingest_files(
        connection,
        paths,
        catalog_folder=write_in_force(home.catalog, books, home.written_catalog),
        clock=clock,
        manifest=books.manifest(),
        decisions=books.decisions(),
        finalized=books.finalized(),
        how_read=books.how_read(),
        discarded=discarded_of(books),
        format_name=format_name,
        source_id=source_id,
        supplied=supplied,
        on_file=on_file,
        on_bill=on_bill,
    )


def discarded_of(books: Books) -> dict[tuple[str, int], str]:
    """(content sha256, line) to the quarantine's reason, for every discarded row."""
    return {(each.content_sha256, each.line_number): each.reason for each in books.discards()}
