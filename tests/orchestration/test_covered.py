"""The catalog covers every month that a close can still bill, and none that it cannot."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.books import Books, open_books
from billing.books.closing import close_month
from billing.ingestion.tables import create_raw_tables
from billing.invoicing.watermarks import UNKNOWN, Watermark, WatermarkPlan, late_routes
from billing.periods import BillingMonth
from orchestration.covered import CoveredMonths, covered_months

AUGUST, SEPTEMBER, OCTOBER, NOVEMBER = (BillingMonth(2026, month) for month in (8, 9, 10, 11))
NOON = datetime(2026, 11, 5, 12, tzinfo=UTC)
ORGANIZATIONS = ("org_aurora", "org_nomad")
FATES = ("duplicate_event", "quarantined_event", "quarantine_release")
Warehouse = duckdb.DuckDBPyConnection


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    """October is closed for everyone, at the third file, and for one since August."""
    with open_books(f"sqlite:///{tmp_path / 'books.sqlite'}") as opened:
        for month in (AUGUST, SEPTEMBER):
            _close(opened, ORGANIZATIONS[0], month, 2)
        for organization in (*ORGANIZATIONS, UNKNOWN):
            _close(opened, organization, OCTOBER, 3)
        yield opened


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    """Three files that October counted, with usage since August, and a fourth of November."""
    with duckdb.connect() as connection:
        create_raw_tables(connection)
        for owner, organization in enumerate(ORGANIZATIONS):
            _insert(connection, "key_owner", owner_id=owner, organization_id=organization)
        for sequence, at in enumerate(("2026-08-03", "2026-09-03", "2026-10-03", "2026-11-02"), 1):
            _file(connection, sequence, at)
            _insert(
                connection, "accepted_event", ingest_sequence=sequence, owner_id=0, completed_at=at
            )
        yield connection


def _close(books: Books, organization: str, month: BillingMonth, watermark: int) -> None:
    with books.writing() as connection:
        close_month(connection, organization, month, watermark, NOON)


def _file(connection: Warehouse, sequence: int, day: str) -> None:
    _insert(
        connection,
        "ingest_file",
        ingest_sequence=sequence,
        content_sha256=str(sequence),
        file_month=f"{day[:7]}-01",
    )


def _insert(connection: Warehouse, table: str, **values: object) -> None:
    """A row whose other columns hold nothing in particular."""
    columns = connection.execute(
        "select column_name, data_type, is_nullable from duckdb_columns() "
        "where schema_name = 'raw' and table_name = ?",
        [table],
    ).fetchall()
    others = {
        name: "" if kind == "VARCHAR" else "2026-11-05" if kind.startswith("TIMESTAMP") else 0
        for name, kind, is_nullable in columns
        if not is_nullable
    }
    row = {**others, **values}
    places = ", ".join(f"${name}" for name in row)
    connection.execute(f"insert into raw.{table} ({', '.join(row)}) values ({places})", row)


def _covered(connection: Warehouse, books: Books, tmp_path: Path) -> CoveredMonths:
    return covered_months(connection, books, tmp_path, NOVEMBER)


def test_usage_that_earlier_months_counted_is_not_covered_again(
    warehouse: Warehouse, books: Books, tmp_path: Path
) -> None:
    assert _covered(warehouse, books, tmp_path) == CoveredMonths(
        first=NOVEMBER, last=NOVEMBER, rates_from=AUGUST
    )


def test_a_late_file_is_covered_back_to_its_earliest_row(
    warehouse: Warehouse, books: Books, tmp_path: Path
) -> None:
    _insert(warehouse, "accepted_event", ingest_sequence=4, completed_at="2026-09-30 23:59:59")
    assert _covered(warehouse, books, tmp_path).first == SEPTEMBER


@pytest.mark.parametrize("table", FATES)
def test_late_rows_that_are_not_billed_are_counted_in_their_month_too(
    warehouse: Warehouse, books: Books, tmp_path: Path, table: str
) -> None:
    _insert(warehouse, table, ingest_sequence=4, completed_at="2026-08-10")
    assert _covered(warehouse, books, tmp_path).first == AUGUST


def test_rows_without_a_time_count_in_the_month_of_their_file(
    warehouse: Warehouse, books: Books, tmp_path: Path
) -> None:
    _file(warehouse, 5, "2026-08-10")
    assert _covered(warehouse, books, tmp_path).first == AUGUST


def test_who_did_not_close_the_month_before_has_nothing_late_in_this_one(
    warehouse: Warehouse, books: Books, tmp_path: Path
) -> None:
    """Its usage of September belongs to September, which it has to close first."""
    _insert(warehouse, "key_owner", owner_id=2, organization_id="org_new")
    _insert(warehouse, "accepted_event", ingest_sequence=2, owner_id=2, completed_at="2026-09-05")
    assert _covered(warehouse, books, tmp_path).first == NOVEMBER


def test_the_earliest_file_that_anybody_did_not_count_decides(
    warehouse: Warehouse, books: Books, tmp_path: Path
) -> None:
    _close(books, "org_slow", SEPTEMBER, 1)
    _close(books, "org_slow", OCTOBER, 1)
    assert _covered(warehouse, books, tmp_path).first == SEPTEMBER


def test_a_row_of_a_month_that_nobody_closed_is_late_nowhere(
    warehouse: Warehouse, books: Books, tmp_path: Path
) -> None:
    """A gateway whose clock stands in 2020 makes nobody load six years, nor tax rates of them."""
    _insert(warehouse, "quarantined_event", ingest_sequence=4, completed_at="2020-01-03")
    assert _covered(warehouse, books, tmp_path).first == AUGUST


def test_the_first_close_covers_itself(warehouse: Warehouse, tmp_path: Path) -> None:
    with open_books(f"sqlite:///{tmp_path / 'new.sqlite'}") as books:
        assert _covered(warehouse, books, tmp_path).first == NOVEMBER


def test_a_month_that_an_amendment_reopens_is_covered(
    warehouse: Warehouse, books: Books, tmp_path: Path
) -> None:
    (tmp_path / "amendments.csv").write_text(
        "amendment_id,organization_id,service_month,reason,recorded_date\n"
        "am_1,org_aurora,2026-08,Agreed too late,2026-11-01\n"
        "am_2,org_aurora,2016-10,Never invoiced,2026-11-01\n"
        "am_3,org_nomad,2026-07,Never invoiced,2026-11-01\n"
    )
    assert _covered(warehouse, books, tmp_path).first == AUGUST


MONTHS = [AUGUST.shift(step) for step in range(6)]


@given(
    sequences=st.lists(st.integers(0, 9), min_size=1, max_size=6),
    closing=st.integers(0, 5),
    since=st.sampled_from(MONTHS),
)
def test_routes_since_a_month_are_all_routes_of_it_and_later_ones(
    sequences: list[int], closing: int, since: BillingMonth
) -> None:
    marks = tuple(
        Watermark("org", month, sequence, is_finalized=True)
        for month, sequence in zip(MONTHS, sequences, strict=False)
    )
    month = MONTHS[min(closing, len(marks) - 1)]
    plan = WatermarkPlan(month, marks)
    all_routes = late_routes("org", {mark.billing_month: mark.sequence for mark in marks})
    assert plan.routes(since) == [each for each in all_routes if each.service_month >= since]
