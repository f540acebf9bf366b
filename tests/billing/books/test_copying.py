"""A copy of the books holds what they hold, wherever they are, and leaves them alone."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from billing.books import Books, open_books
from billing.books.copying import copy_books
from billing.books.engine import connect
from billing.books.schema import migrate, revision_of
from billing.books.tables import metadata
from billing.errors import BooksError
from tests.billing.books.conftest import OCTOBER
from tests.databases import raw_connection


def contents(books: Books) -> dict[str, list[tuple[object, ...]]]:
    with books.reading() as connection:
        return {
            name: sorted(map(tuple, connection.execute(select(table)).all()), key=repr)
            for name, table in metadata.tables.items()
        }


def test_a_copy_holds_every_row_and_every_guard(
    books: Books, filled_url: str, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite"
    copy_books(filled_url, copy)
    with open_books(f"sqlite:///{copy}") as copied:
        assert contents(copied) == contents(books)
        assert copied.document("INV-2026-000001") == books.document("INV-2026-000001")
        raw = raw_connection(f"sqlite:///{copy}")
        guards = raw.execute("select count(*) from sqlite_master where type = 'trigger'")
        assert guards.fetchone()[0] > len(metadata.tables)
        raw.close()
        with pytest.raises(BooksError, match="append-only"), copied.writing() as connection:
            connection.execute(metadata.tables["settlement"].delete())


def test_a_copy_is_of_the_revision_of_its_books(books_url: str, tmp_path: Path) -> None:
    engine = connect(books_url)
    migrate(engine, "0008")
    copy = tmp_path / "copy.sqlite"
    copy_books(books_url, copy)
    for each in (connect(f"sqlite:///{copy}"), engine):
        with each.connect() as connection:
            assert revision_of(connection) == "0008"
    with open_books(f"sqlite:///{copy}") as copied, copied.reading() as connection:
        document = metadata.tables["document"]
        assert connection.execute(select(func.count()).select_from(document)).scalar_one() == 0
        assert copied.finalized() == {}


def test_a_copy_of_newer_books_is_refused(books: Books, filled_url: str, tmp_path: Path) -> None:
    assert books.finalized() == {("org_aurora", OCTOBER): 1}
    raw = raw_connection(filled_url)
    raw.execute("update alembic_version set version_num = '9999'")
    raw.close()
    with pytest.raises(BooksError, match="revision 9999, which this version does not know"):
        _copy_and_open(filled_url, tmp_path / "copy.sqlite")


def _copy_and_open(url: str, file: Path) -> None:
    copy_books(url, file)
    open_books(f"sqlite:///{file}").close()
