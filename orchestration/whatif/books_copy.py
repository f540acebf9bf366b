"""What the books decided, told to the scratch database from a copy of them.

Here: the copy, and which watermarks a what-if counts by. The books themselves are not opened, for
opening them may bring them to a newer revision. Keep out: planning watermarks
(`billing.invoicing`).
"""

from pathlib import Path

import duckdb

from billing.books import Books, open_books
from billing.books.address import books_url
from billing.books.copying import are_begun, copy_books
from billing.errors import BooksError
from billing.home import Home
from billing.invoicing.snapshot import AMENDING, write_snapshot
from billing.invoicing.watermarks import Watermark, WatermarkPlan, plan_watermarks
from billing.periods import BillingMonth
from billing.whatif.beside import WAREHOUSE
from orchestration.closing import organizations

_IS_OF_MONTH = f"select 1 from {WAREHOUSE}.books.opening_balance where billing_month = ? limit 1"
_WATERMARKS = f"""
select organization_id, billing_month, watermark, is_finalized
from {WAREHOUSE}.books.month_watermark order by organization_id, billing_month
"""
_LAST_FILE = f"select coalesce(max(ingest_sequence), 0) from {WAREHOUSE}.raw.ingest_file"


def snapshot_of(
    connection: duckdb.DuckDBPyConnection, home: Home, month: BillingMonth, folder: Path
) -> None:
    """Write schema `books` of the scratch database as a close of the month would.

    When the month was the last one closed, its watermarks still stand in the warehouse. Else a
    finalized month counts by its own, a drafted one by its draft's.
    """
    with copied_books(home, folder) as books:
        is_closed_last = connection.execute(_IS_OF_MONTH, [month.first_day]).fetchall()
        if is_closed_last:
            plan = WatermarkPlan(month, _as_closed_last(connection))
        else:
            plan = plan_watermarks(
                books,
                month,
                organizations(connection),
                connection.execute(_LAST_FILE).fetchall()[0][0],
                use_drafts=True,
            )
        write_snapshot(connection, books, plan)
    if is_closed_last:
        for table in AMENDING:
            connection.execute(f"insert into books.{table} from {WAREHOUSE}.books.{table}")


def _as_closed_last(connection: duckdb.DuckDBPyConnection) -> tuple[Watermark, ...]:
    return tuple(
        Watermark(organization, BillingMonth.of(month), sequence, is_finalized)
        for organization, month, sequence, is_finalized in connection.execute(
            _WATERMARKS
        ).fetchall()
    )


def copied_books(home: Home, folder: Path) -> Books:
    """Copy the books of a home into a folder. Raises BooksError when there are none."""
    url = books_url(home)
    if not are_begun(url):
        raise BooksError(f"{home.root} holds no books. Close a month first.")
    copy = folder / home.books_file.name
    copy_books(url, copy)
    return open_books(f"sqlite:///{copy}")
