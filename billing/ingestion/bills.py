"""Bills of providers into schema `raw`, beside usage and never part of it.

Here: one transaction per bill, with a manifest of its own. Bills take no ingest sequence: books
and watermarks count only what can be billed. Keep out: reading rows (`bill_rows.py`), which bill
of a day counts (dbt) and comparing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from billing.boundaries import reached
from billing.first_row import first_row
from billing.ingestion.bill_rows import COUNTS, require_sound
from billing.ingestion.delivery import Delivery

_COUNTED = {name: f"cast(split_part({name}, '.', 1) as bigint)" for name in COUNTS}
_INPUT_TOTAL = (
    f"coalesce({_COUNTED['input_total']}, {_COUNTED['input_uncached']} "
    f"+ coalesce({_COUNTED['cache_read']}, 0) + coalesce({_COUNTED['cache_write_total']}, 0))"
)
_TEXTS = ("model", "project", "api_key", "line_item", "service_tier")
_ROWS = f"""
insert into raw.provider_bill
select ?, row_number, lower(provider), bill_day,
    {", ".join(f"coalesce({name}, '')" for name in _TEXTS)},
    coalesce(try_cast(is_batch as boolean), false), coalesce(try_cast(is_byok as boolean), false),
    upper(coalesce(currency, '')), exact_amount, {_COUNTED["requests"]}, {_INPUT_TOTAL},
    {_COUNTED["cache_read"]}, {_COUNTED["cache_write_total"]}, {_COUNTED["output_total"]},
    {_COUNTED["output_reasoning"]}, {_COUNTED["web_search"]}
from staged_bill"""


@dataclass(frozen=True)
class BillReport:
    """One bill that was taken, whole."""

    file_name: str
    format: str
    source_id: str
    bill_number: int
    rows: int


def known_bills(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int, int]]:
    """Content, size and number of every bill that was taken."""
    return connection.execute(
        "select content_sha256, size_bytes, bill_number from raw.provider_bill_file"
    ).fetchall()


def write_bill(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, report: BillReport, now: datetime
) -> BillReport:
    """Write the staged bill and its manifest row in one transaction; returns it with its rows.

    Raises IngestError, leaving nothing behind, when a row cannot be read or the file has changed
    since it was hashed.
    """
    require_sound(connection, delivery.name)
    connection.execute("begin transaction")
    try:
        written = first_row(connection.execute(_ROWS, [report.bill_number]))
        taken = BillReport(
            report.file_name,
            report.format,
            report.source_id,
            report.bill_number,
            int(written[0]) if written else 0,
        )
        _write_manifest(connection, delivery, taken, now)
        delivery.require_unchanged()
        reached("ingest.before_commit")
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    reached("ingest.after_commit")
    return taken


def _write_manifest(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, bill: BillReport, now: datetime
) -> None:
    connection.execute(
        "insert into raw.provider_bill_file values (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            bill.bill_number,
            bill.file_name,
            delivery.sha256,
            delivery.size_bytes,
            bill.format,
            bill.source_id,
            bill.rows,
            now.astimezone(UTC).replace(tzinfo=None),
        ],
    )
