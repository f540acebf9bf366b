"""What left the house stays as it is, whoever asks the database, and in whatever words."""

from collections.abc import Iterator

import psycopg
import pytest

from billing.books import Books
from billing.books.tables import metadata
from tests.billing.books.conftest import FROZEN
from tests.databases import Database, Raw, only_postgresql, only_sqlite, raw_connection

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
    "receivable_act",
    "settlement",
    "audit_log",
    "catalog_acceptance",
    "catalog_row",
    "subscription_item",
    "subscription_change",
    "ledger_transfer",
    "balance_lot",
    "lot_entry",
    "balance_tax",
    "top_up_tax",
    "alert",
)
UPDATES = {
    "sqlite": (
        "update {table} set {column} = {column}",
        "update or replace {table} set {column} = {column}",
        "update or ignore {table} set {column} = {column}",
    ),
    "postgresql": (
        "update {table} set {column} = {column}",
        "update only {table} set {column} = {column} where true returning 1",
        "with changed as (update {table} set {column} = {column} returning 1) table changed",
        (
            "merge into {table} using (select 1) as one on true "
            "when matched then update set {column} = {table}.{column}"
        ),
    ),
}
DELETES = {
    "sqlite": ("delete from {table}",),
    "postgresql": (
        "delete from {table}",
        "delete from only {table} using (select 1) as one returning 1",
        "merge into {table} using (select 1) as one on true when matched then delete",
    ),
}


@pytest.fixture
def raw(books: Books, filled_url: str) -> Iterator[Raw]:
    books.close()
    connection = raw_connection(filled_url)
    yield connection
    connection.close()


def rows(raw: Raw, table: str) -> list[tuple[object, ...]]:
    return list(raw.execute(f"select * from {table}").fetchall())


def columns(raw: Raw, table: str) -> list[str]:
    return [column[0] for column in raw.execute(f"select * from {table}").description]


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_column_of_a_row_can_be_updated(raw: Raw, database: Database, table: str) -> None:
    before = rows(raw, table)
    assert before
    for column in columns(raw, table):
        for update in UPDATES[database.name]:
            with pytest.raises(database.broken_rule, match="append-only"):
                raw.execute(update.format(table=table, column=column))
    assert rows(raw, table) == before


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_row_can_be_deleted(raw: Raw, database: Database, table: str) -> None:
    before = rows(raw, table)
    for delete in DELETES[database.name]:
        with pytest.raises(database.broken_rule, match="append-only"):
            raw.execute(delete.format(table=table))
    assert rows(raw, table) == before


@only_sqlite
@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["insert or replace", "replace", "insert"])
def test_no_row_can_be_replaced(raw: Raw, database: Database, table: str, verb: str) -> None:
    before = rows(raw, table)
    with pytest.raises(database.broken_rule, match=r"append-only|skipped nor repeated"):
        raw.execute(f"{verb} into {table} select * from {table}")
    assert rows(raw, table) == before


@only_postgresql
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_row_can_be_repeated_or_upserted(raw: Raw, database: Database, table: str) -> None:
    """Beside the guards of some tables a taken key is refused, and what a conflict would do."""
    before = rows(raw, table)
    repeated = f"insert into {table} select * from {table}"
    key = ", ".join(column.name for column in metadata.tables[table].primary_key)
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns(raw, table))
    guarded = "nor repeated|than was granted|a later month|has on account"
    with pytest.raises(database.broken_rule, match=f"{database.taken_key}|{guarded}"):
        raw.execute(repeated)
    with pytest.raises(database.broken_rule, match=f"append-only|{guarded}"):
        raw.execute(f"{repeated} on conflict ({key}) do update set {changes}")
    assert rows(raw, table) == before


@only_postgresql
@pytest.mark.parametrize("table", sorted(metadata.tables.keys() - {"draft"}))
def test_no_table_can_be_emptied(raw: Raw, table: str) -> None:
    before = {each: rows(raw, each) for each in metadata.tables}
    for how in ("{}", "only {}", "{} cascade", "draft, {} restart identity cascade"):
        refusal = "append-only|referenced in a foreign key constraint"
        with pytest.raises((psycopg.IntegrityError, psycopg.NotSupportedError), match=refusal):
            raw.execute(f"truncate {how.format(table)}")
    assert {each: rows(raw, each) for each in metadata.tables} == before


@only_sqlite
def test_a_document_is_not_replaced_through_its_month_either(raw: Raw, database: Database) -> None:
    kept = ", ".join(name for name in columns(raw, "document") if name not in {"number", "serial"})
    raw.execute("update number_series set last_serial = 2")
    with pytest.raises(database.broken_rule, match="append-only"):
        raw.execute(
            f"insert or replace into document (number, serial, {kept}) "
            f"select 'INV-2026-000002', 2, {kept} from document"
        )


@only_postgresql
def test_a_document_is_not_upserted_through_its_month_either(raw: Raw, database: Database) -> None:
    kept = ", ".join(name for name in columns(raw, "document") if name not in {"number", "serial"})
    raw.execute("update number_series set last_serial = 2")
    with pytest.raises(database.broken_rule, match="append-only"):
        raw.execute(
            f"insert into document (number, serial, {kept}) "
            f"select 'INV-2026-000002', 2, {kept} from document "
            "on conflict on constraint document_month do update set frozen = '{}'"
        )


def test_an_upsert_cannot_change_a_document(raw: Raw, database: Database) -> None:
    with pytest.raises(database.broken_rule):
        raw.execute(
            "insert into document select * from document where true "
            "on conflict (number) do update set frozen = '{}'"
        )
    assert raw.execute("select frozen from document").fetchall() == [(FROZEN.decode(),)]
