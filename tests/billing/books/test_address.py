"""Where books are, and what is told of it: never a password."""

import logging
import sys
import traceback
from pathlib import Path

import pytest

from billing.books.address import ENVIRONMENT_VARIABLE, books_of, books_place, books_url
from billing.books.copying import are_begun
from billing.books.engine import connect
from billing.books.schema import revision_of
from billing.books.store import open_books
from billing.errors import BooksError
from billing.home import Home
from tests.postgresql import Server

SECRET = "s3cr3t"  # noqa: S105  # of nobody
NOBODY_LISTENS = f"postgresql://ada:{SECRET}@127.0.0.1:1/books?connect_timeout=2"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    return Home(tmp_path)


@pytest.mark.parametrize("value", ["", "  "])
def test_books_are_a_file_of_the_home_unless_said_otherwise(
    home: Home, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, value)
    assert books_url(home) == f"sqlite:///{home.books_file}"
    assert books_place(home) == str(home.books_file)
    assert not are_begun(books_url(home))
    books_of(home).close()
    assert home.books_file.exists()
    assert are_begun(books_url(home))


def test_another_file_may_hold_them(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    other = home.root / "elsewhere" / "books.sqlite"
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, f"sqlite:///{other}")
    books_of(home).close()
    assert other.exists()
    assert not home.books_file.exists()
    assert books_place(home) == str(other)


def test_a_database_may_hold_them(
    home: Home, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, postgresql_url)
    assert not are_begun(books_url(home))
    with books_of(home) as books:
        assert books.finalized() == {}
    assert are_begun(books_url(home))
    assert not home.books_file.exists()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"postgresql://ada:{SECRET}@db.example/books", "postgresql://ada@db.example/books"),
        (
            f"postgresql+psycopg://ada:{SECRET}@db.example:5433/books?sslmode=require",
            "postgresql://ada@db.example:5433/books",
        ),
        (
            f"postgresql:///books?host=/run/postgresql&user=ada&password={SECRET}",
            "postgresql:///books?host=%2Frun%2Fpostgresql",
        ),
        (f"postgresql://ada:p%40{SECRET}@db.example/books", "postgresql://ada@db.example/books"),
    ],
)
def test_a_place_is_shown_without_its_password(
    home: Home, monkeypatch: pytest.MonkeyPatch, url: str, shown: str
) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, url)
    assert books_place(home) == shown


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (f"postgresql//ada:{SECRET}@host/books", "no database URL"),
        (f"postgresql://ada:{SECRET}@host:port/books", "no database URL"),
        (f"postgresql://ada:a@{SECRET}@host/books", "in a password, write it as %40"),
        (f"postgresql+asyncpg://ada:{SECRET}@host/books", r"Begin the URL with postgresql://"),
        (f"postgresql+psycopg2://ada:{SECRET}@host/books", r"Begin the URL with postgresql://"),
        (f"mysql://ada:{SECRET}@host/books", "cannot live in 'mysql'"),
        (NOBODY_LISTENS, r"cannot be reached: .*Connection refused"),
        (f"postgresql://ada:{SECRET}@/books?host=/nowhere", "cannot be reached: .*No such file"),
        (f"postgresql://ada:{SECRET}@127.0.0.1:1/books?colour=red", "invalid connection option"),
    ],
)
def test_a_refusal_tells_no_password(
    url: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(BooksError, match=f"(?i){reason}") as refused:
        open_books(url)
    whole = "".join(traceback.format_exception(refused.value))
    assert SECRET not in whole + caplog.text + repr(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_driver_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(
        BooksError, match=r"the extra `postgresql` .* pip install 'psycopg\[binary\]'"
    ):
        open_books(NOBODY_LISTENS)


def test_a_database_that_cannot_keep_every_text_is_refused(postgresql: Server) -> None:
    with postgresql.connect() as raw:
        raw.execute("create database narrow template template0 encoding 'LATIN1' locale 'C'")
    with pytest.raises(BooksError, match=r"encoded in LATIN1\. Create one in UTF8"):
        open_books(postgresql.url("narrow"))
    with connect(postgresql.url("narrow")).connect() as connection:
        assert revision_of(connection) is None
    postgresql.drop("narrow")


def test_a_database_that_is_not_there_is_named(postgresql: Server) -> None:
    with pytest.raises(BooksError, match=r'cannot be reached: .*"nowhere" does not exist'):
        open_books(postgresql.url("nowhere"))
