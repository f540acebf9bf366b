"""The books remember what the dated rows of the catalog said, version by version."""

from collections.abc import Mapping

import pytest
from sqlalchemy import insert, select

from billing.books import Books
from billing.books.catalog import CatalogRows, accept_catalog, accepted_rows
from billing.books.tables import catalog_acceptance, catalog_row
from billing.errors import BooksError
from billing.periods import BillingMonth
from tests.billing.books.conftest import NOW

FIRST = {("prices", "p_1"): '{"unit_price": "1"}'}
NOVEMBER = BillingMonth(2026, 11)


def accept(books: Books, contents: Mapping[tuple[str, str], str], sha256: str) -> None:
    with books.writing() as connection:
        accept_catalog(connection, CatalogRows(contents, sha256), NOVEMBER, NOW, "Ada")


def versions(books: Books) -> list[tuple[str, int, str]]:
    with books.reading() as connection:
        rows = connection.execute(
            select(catalog_row).order_by(catalog_row.c.row_key, catalog_row.c.version)
        ).all()
    return [(row.row_key, row.version, row.content) for row in rows]


def test_the_last_accepted_catalog_is_read_back(books: Books) -> None:
    assert accepted_rows(books) == FIRST


def test_only_what_is_new_or_differs_is_written(books: Books) -> None:
    changed = {("prices", "p_1"): "two", ("prices", "p_2"): "new"}
    accept(books, changed, "d" * 64)
    assert accepted_rows(books) == changed
    accept(books, changed | {("prices", "p_3"): "newer"}, "e" * 64)
    assert versions(books) == [
        ("p_1", 1, '{"unit_price": "1"}'),
        ("p_1", 2, "two"),
        ("p_2", 1, "new"),
        ("p_3", 1, "newer"),
    ]


def test_a_row_that_went_is_remembered_as_gone_and_may_come_again(books: Books) -> None:
    accept(books, {}, "d" * 64)
    assert accepted_rows(books) == {}
    accept(books, FIRST, "e" * 64)
    assert accepted_rows(books) == FIRST
    assert [version for _, version, _ in versions(books)] == [1, 2, 3]


def test_the_same_catalog_is_accepted_once(books: Books) -> None:
    log = books.audit_log()
    accept(books, FIRST, "c" * 64)
    assert books.audit_log() == log
    with books.reading() as connection:
        assert len(connection.execute(select(catalog_acceptance)).all()) == 1


def test_an_acceptance_is_in_the_audit_log(books: Books) -> None:
    accept(books, FIRST | {("prices", "p_2"): "new"}, "d" * 64)
    entry = books.audit_log()[-1]
    assert (entry.actor, entry.action, entry.subject) == ("Ada", "accept_catalog", "2026-11")
    assert entry.detail == "1 rows new or changed, " + "d" * 64


@pytest.mark.parametrize("version", [0, 1, 3])
def test_a_version_is_the_next_one_or_refused(books: Books, version: int) -> None:
    row = {
        "table_name": "prices",
        "row_key": "p_1",
        "version": version,
        "acceptance_id": 1,
        "content": "forged",
        "sha256": "f" * 64,
    }
    with pytest.raises(BooksError), books.writing() as connection:
        connection.execute(insert(catalog_row), [row])
    assert accepted_rows(books) == FIRST
