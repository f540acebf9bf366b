"""What only a server can do to the books: two at once, and the server or a client gone."""

import multiprocessing
import os
import signal
import threading
from dataclasses import replace
from multiprocessing.synchronize import Event

import psycopg
import pytest
from sqlalchemy import text

from billing.books import Books, open_books
from billing.books.closing import close_month
from billing.books.columns import ByBytes
from billing.books.documents import file_document
from billing.books.journal import Entry, log
from billing.books.numbering import take_number
from billing.books.register_tables import document
from billing.errors import BooksError
from tests.billing.books.conftest import NOW, OCTOBER, registration
from tests.databases import only_postgresql
from tests.postgresql import Server, database_of

pytestmark = only_postgresql
NOVEMBER = OCTOBER.next
SECOND = "INV-2026-000002"
PATIENCE = 60


def file_next(books: Books, organization: str) -> str:
    """Close a month and file a document under the next number; its number."""
    with books.writing() as connection:
        close_month(connection, organization, NOVEMBER, 1, NOW)
        serial, number = take_number(connection, "anyint_eu", "invoice", 2026)
        filed = replace(registration(number, serial, month=NOVEMBER), organization_id=organization)
        file_document(connection, filed, b"{}", {})
    return number


def file_many(url: str, name: str, start: Event) -> None:
    with open_books(url) as books:
        start.wait(PATIENCE)
        for number in range(20):
            file_next(books, f"{name}_{number}")


def hold(url: str, ready: Event) -> None:
    """Take a number and file a document, and never come to the commit."""
    with open_books(url) as books, books.writing() as connection:
        close_month(connection, "org_aurora", NOVEMBER, 1, NOW)
        take_number(connection, "anyint_eu", "invoice", 2026)
        file_document(connection, registration(SECOND, 2, month=NOVEMBER), b"{}", {})
        ready.set()
        signal.pause()


def test_a_reader_sees_one_moment_and_cannot_write(books: Books) -> None:
    with books.reading() as connection:
        before = connection.execute(text("select count(*) from month_close")).scalar_one()
        file_next(books, "org_b")
        assert connection.execute(text("select count(*) from month_close")).scalar_one() == before
    assert ("org_b", NOVEMBER) in books.finalized()
    with pytest.raises(BooksError, match="read-only transaction"), books.reading() as connection:
        connection.execute(text("delete from draft"))


def test_a_writer_keeps_waits_and_sees_the_latest_whatever_the_server_says(
    books: Books, filled_url: str, postgresql: Server
) -> None:
    with postgresql.connect() as raw:
        for setting in (
            "synchronous_commit = off",
            "default_transaction_isolation = 'serializable'",
            "default_transaction_read_only = on",
        ):
            raw.execute(f"alter database {database_of(filled_url)} set {setting}")
    names = ("synchronous_commit", "lock_timeout", "transaction_isolation", "application_name")
    with books.writing() as connection:
        said = [connection.exec_driver_sql(f"show {name}").scalar_one() for name in names]
    assert said == ["on", "1min", "read committed", "meterbook"]
    file_next(books, "org_b")


def test_a_stricter_commit_than_ours_is_left_as_it_is(
    books: Books, filled_url: str, postgresql: Server
) -> None:
    with postgresql.connect() as raw:
        raw.execute(
            f"alter database {database_of(filled_url)} set synchronous_commit = remote_apply"
        )
    with books.writing() as connection:
        said = connection.exec_driver_sql("show synchronous_commit").scalar_one()
    assert said == "remote_apply"


def test_two_writers_file_under_numbers_without_gap_and_none_twice(
    books: Books, filled_url: str
) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Event()
    writers = [
        context.Process(target=file_many, args=(filled_url, name, start)) for name in ("a", "b")
    ]
    for writer in writers:
        writer.start()
    start.set()
    for writer in writers:
        writer.join(PATIENCE)
    assert [writer.exitcode for writer in writers] == [0, 0]
    numbers = [each.number for each, _ in books.documents()]
    assert numbers == [f"INV-2026-{serial:06d}" for serial in range(1, 42)]


def test_a_writer_killed_in_the_middle_leaves_nothing_and_the_other_goes_on(
    books: Books, filled_url: str
) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    writer = context.Process(target=hold, args=(filled_url, ready))
    writer.start()
    assert ready.wait(PATIENCE)
    filed: list[str] = []
    other = threading.Thread(target=lambda: filed.append(file_next(books, "org_b")))
    other.start()
    other.join(0.5)
    assert other.is_alive(), "it waits for the one that was first"
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    other.join(PATIENCE)
    assert filed == [SECOND]
    assert [each.organization_id for each, _ in books.documents(NOVEMBER)] == ["org_b"]
    assert ("org_aurora", NOVEMBER) not in books.finalized()


def test_whoever_waits_too_long_is_refused(
    books: Books, filled_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing.books.postgresql.WAIT", "50ms")
    with (
        open_books(filled_url) as second,
        books.writing(),
        pytest.raises(BooksError, match="refuse: canceling statement due to lock timeout"),
        second.writing(),
    ):
        pass


def test_two_clients_without_our_lock_use_no_more_than_was_granted(
    books: Books, filled_url: str, postgresql: Server
) -> None:
    """30.00 of 100.00 are used; each of two other programs takes the remaining 70.00."""
    number = file_next(books, "org_aurora")
    third = file_next(books, "org_b")
    use = (
        "insert into credit_use (organization_id, billing_month, number, credit_id, kind, "
        "grant_month, currency, granted_minor, amount_minor) values ('org_aurora', "
        "'2026-11-01', '{}', 'welcome', 'coupon', '2026-10-01', 'EUR', 10000, 7000)"
    )
    refused: list[psycopg.Error] = []
    first, second = (postgresql.connect(database_of(filled_url)) for _ in range(2))

    def insert_too() -> None:
        try:
            second.execute(use.format(third))
        except psycopg.Error as error:
            refused.append(error)

    with first, second:
        first.execute("begin")
        first.execute(use.format(number))
        other = threading.Thread(target=insert_too)
        other.start()
        other.join(0.3)
        assert other.is_alive()
        first.execute("commit")
        other.join(PATIENCE)
    assert [error.diag.message_primary for error in refused] == [
        "no more of a credit can be used than was granted"
    ]


def test_a_refusal_tells_the_rule_and_not_the_row(books: Books) -> None:
    with pytest.raises(BooksError) as refused:
        file_next(books, "o" * 201)
    assert str(refused.value) == "The books refuse: value too long for type character varying(200)"


def test_a_connection_that_was_cut_off_is_told_as_such(
    books: Books, filled_url: str, postgresql: Server
) -> None:
    cut_off = (
        "select pg_terminate_backend(pid) from pg_stat_activity "
        f"where datname = '{database_of(filled_url)}'"
    )

    def act() -> None:
        with books.writing() as connection, postgresql.connect() as raw:
            close_month(connection, "org_aurora", NOVEMBER, 1, NOW)
            raw.execute(cut_off)
            log(connection, Entry(NOW, "Ada", "act", "subject", "detail"))

    with pytest.raises(BooksError, match=r"cannot be reached: .* then run the command again"):
        act()
    assert ("org_aurora", NOVEMBER) not in books.finalized()


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_books_outlive_a_server_that_ends_in_the_middle(
    books: Books, postgresql: Server, how: str
) -> None:
    before = books.documents()

    def act() -> None:
        with books.writing() as connection:
            close_month(connection, "org_aurora", NOVEMBER, 1, NOW)
            postgresql.stop(how)

    try:
        with pytest.raises(BooksError, match="cannot be reached"):
            act()
        with pytest.raises(BooksError, match=r"cannot be reached: .*failed"):
            books.documents()
    finally:
        postgresql.start()
    assert books.documents() == before
    assert ("org_aurora", NOVEMBER) not in books.finalized()
    assert file_next(books, "org_aurora") == SECOND


def test_texts_are_ordered_by_bytes_whatever_language_the_server_sorts_in(books: Books) -> None:
    column = ByBytes(document.c.organization_id).compile(books.engine)
    assert str(column) == '(document.organization_id) collate "C"'
    for organization in ("org_B", "org_a", "org-c", "org\u00c4"):
        file_next(books, organization)
    nets = [row.organization_id for row in books.billed_nets(NOVEMBER.next)]
    assert nets == ["org-c", "org_B", "org_a", "org_aurora", "org\u00c4"]
