"""What left the house stays as it is, whoever asks the database, and in whatever words."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.books import Books
from tests.billing.books.conftest import FROZEN

APPEND_ONLY = (
    "document",
    "document_report",
    "document_tax",
    "document_allowance",
    "month_close",
    "file_manifest",
    "quarantine_decision",
    "quarantine_discard",
    "balance_entry",
    "credit_use",
    "payment",
    "audit_log",
    "catalog_acceptance",
    "catalog_row",
)


@pytest.fixture
def raw(books: Books, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Another program's connection: no pragma, nothing of ours."""
    books.close()
    connection = sqlite3.connect(tmp_path / "books.sqlite", isolation_level=None)
    yield connection
    connection.close()


def rows(raw: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    return raw.execute(f"select * from {table}").fetchall()


def columns(raw: sqlite3.Connection, table: str) -> list[str]:
    return [column[1] for column in raw.execute(f"pragma table_info({table})")]


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_column_of_a_row_can_be_updated(raw: sqlite3.Connection, table: str) -> None:
    before = rows(raw, table)
    assert before
    for column in columns(raw, table):
        for spelling in ("update", "update or replace", "update or ignore"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                raw.execute(f"{spelling} {table} set {column} = {column}")
    assert rows(raw, table) == before


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_row_can_be_deleted(raw: sqlite3.Connection, table: str) -> None:
    before = rows(raw, table)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(f"delete from {table}")
    assert rows(raw, table) == before


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["insert or replace", "replace", "insert"])
def test_no_row_can_be_replaced(raw: sqlite3.Connection, table: str, verb: str) -> None:
    before = rows(raw, table)
    places = ", ".join("?" for _ in before[0])
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|skipped nor repeated"):
        raw.execute(f"{verb} into {table} values ({places})", before[0])
    assert rows(raw, table) == before


def test_a_document_is_not_replaced_through_its_month_either(raw: sqlite3.Connection) -> None:
    kept = ", ".join(name for name in columns(raw, "document") if name not in {"number", "serial"})
    raw.execute("update number_series set last_serial = 2")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(
            f"insert or replace into document (number, serial, {kept}) "
            f"select 'INV-2026-000002', 2, {kept} from document"
        )


def test_an_upsert_cannot_change_a_document(raw: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute(
            "insert into document select * from document where true "
            "on conflict (number) do update set frozen = '{}'"
        )
    assert raw.execute("select frozen from document").fetchall() == [(FROZEN.decode(),)]
