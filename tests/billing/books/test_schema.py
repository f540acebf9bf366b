"""The tables a migration builds are the tables that queries see, on every database."""

import multiprocessing
import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from billing.books import (
    Books,
    account_tables,
    alert_tables,
    ledger_tables,
    open_books,
    receivable_tables,
    register_tables,
)
from billing.books.schema import schema_sql
from billing.books.tables import metadata
from billing.errors import BooksError
from tests.databases import Database, only_sqlite, raw_connection


def test_migrations_build_what_queries_see(books: Books) -> None:
    for table in (
        register_tables.document,
        account_tables.subscription,
        account_tables.subscription_change,
        ledger_tables.ledger_transfer,
        ledger_tables.balance_tax,
        ledger_tables.top_up_tax,
        alert_tables.alert,
        receivable_tables.settlement,
    ):
        assert table.metadata is metadata
    with books.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_opening_twice_migrates_once(books_url: str) -> None:
    open_books(books_url).close()
    with open_books(books_url) as books:
        assert books.finalized() == {}


def test_books_of_a_newer_version_are_left_alone(books_url: str) -> None:
    open_books(books_url).close()
    raw = raw_connection(books_url)
    raw.execute("update alembic_version set version_num = '9999'")
    raw.close()
    with pytest.raises(BooksError, match="revision 9999, which this version does not know"):
        open_books(books_url)


def test_a_migration_that_fails_leaves_nothing_behind(
    books_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from billing.books.migrations import guards  # noqa: PLC0415 - what the revision will import

    monkeypatch.setattr(guards, "append_only", lambda *_: ["create trigger broken"])
    with pytest.raises(BooksError):
        open_books(books_url)
    everything = {
        "sqlite": "select name from sqlite_master",
        "postgresql": "select relname from pg_class where relnamespace = 'public'::regnamespace "
        "union all select proname from pg_proc where pronamespace = 'public'::regnamespace",
    }
    raw = raw_connection(books_url)
    assert raw.execute(everything[database.name]).fetchall() == []
    raw.close()


def open_and_close(url: str) -> None:
    open_books(url).close()


def test_two_processes_may_open_new_books_at_once(books_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=open_and_close, args=(books_url,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]


@only_sqlite
def test_sqlite_is_set_up_to_keep_and_to_wait(books: Books) -> None:
    with books.reading() as connection:
        values = {
            name: connection.exec_driver_sql(f"pragma {name}").scalar_one()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    assert values == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": 60_000,
        "synchronous": 2,
    }


def test_postgresql_gets_the_same_tables_and_every_guard() -> None:
    sql = schema_sql("postgresql").lower()
    for table in metadata.tables:
        assert f"create table {table} (" in sql
    guarded = set(re.findall(r"create trigger (\w+)_append_only before update or delete", sql))
    truncated = set(re.findall(r"create trigger (\w+)_no_truncate before truncate", sql))
    dropped = set(re.findall(r"drop table (\w+)", sql)) - set(metadata.tables)
    guarded, truncated = guarded - dropped, truncated - dropped
    kept = set(metadata.tables) - {"draft", "number_series"}
    assert truncated == kept
    assert guarded == kept - {"subscription", "api_key"}
    guards = (
        "document_serial",
        "number_series_next",
        "month_close_gap",
        "catalog_row_next",
        "credit_use_granted",
    )
    for guard in guards:
        assert f"create trigger {guard} before" in sql
        assert f"execute function {guard}()" in sql
    assert "create trigger number_series_kept_whole before truncate" in sql
    assert "raise(abort" not in sql


@only_sqlite
def test_no_guard_reads_a_whole_table(books: Books) -> None:
    """Each row that is filed is asked about; the books only grow."""
    with books.reading() as connection:
        triggers = connection.exec_driver_sql(
            "select name, sql from sqlite_master where type = 'trigger'"
        ).all()
        conditions = {
            name: sql.split(" for each row when ")[1].rsplit(" begin ", 1)[0]
            for name, sql in triggers
        }
        scanned = set()
        for name, condition in conditions.items():
            question, values = re.subn(r"\b(new|old)\.\w+", "?", condition)
            plan = connection.exec_driver_sql(
                f"explain query plan select 1 where {question}", (None,) * values
            )
            scanned |= {(name, row[3]) for row in plan if row[3].startswith("SCAN ")}
    assert {each for each in scanned if each[1] != "SCAN CONSTANT ROW"} == set()
    assert "credit_use_granted" in conditions
