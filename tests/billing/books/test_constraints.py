"""The rules of the books are the database's, not good intentions."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from billing.books import Books
from billing.books.closing import close_month
from billing.books.documents import Registration, file_document
from billing.books.numbering import take_number
from billing.errors import BooksError
from tests.billing.books.conftest import NOW, OCTOBER, registration
from tests.databases import Database

NOVEMBER = OCTOBER.next


def file_in_november(books: Books, document: Registration) -> None:
    """File a document under the number it carries, as a careless program would."""
    with books.writing() as connection:
        close_month(connection, "org_aurora", NOVEMBER, 1, NOW)
        take_number(connection, "anyint_eu", "invoice", 2026)
        file_document(connection, document, b"{}", {})


def second() -> Registration:
    return registration("INV-2026-000002", 2, month=NOVEMBER)


def test_a_document_that_keeps_every_rule_is_filed(books: Books) -> None:
    file_in_november(books, second())
    assert [each.number for each, _ in books.documents(NOVEMBER)] == ["INV-2026-000002"]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"total_minor": 1, "amount_due_minor": 1}, "document_total"),
        ({"taxable_minor": 1}, "document_taxable"),
        ({"amount_due_minor": 1}, "document_amount_due"),
        ({"due_date": None}, "document_due_date"),
        ({"payment_mode": "barter"}, "document_payment_mode"),
        ({"minor_digits": 9}, "document_minor_digits"),
        ({"serial": 3}, "neither be skipped nor repeated"),
        ({"serial": 1}, "neither be skipped nor repeated"),
        ({"billing_month": NOVEMBER.next}, "(?i)foreign key constraint"),
    ],
)
def test_a_document_that_breaks_a_rule_is_refused(
    books: Books, change: dict[str, object], rule: str
) -> None:
    with pytest.raises(BooksError, match=rule):
        file_in_november(books, replace(second(), **change))
    assert (("org_aurora", NOVEMBER) in books.finalized()) is False


@pytest.mark.parametrize(
    "statement",
    [
        "update number_series set last_serial = last_serial + 2",
        "update number_series set last_serial = last_serial - 1",
        "update number_series set year = 2027, last_serial = last_serial + 1",
        "delete from number_series",
        "insert into number_series values ('anyint_eu', 'invoice', 2026, 0)",
        "insert into number_series values ('anyint_eu', 'invoice', 2027, 5)",
    ],
)
def test_a_number_series_only_ever_counts_by_one(books: Books, statement: str) -> None:
    with pytest.raises(BooksError, match=r"number|series"), books.writing() as connection:
        connection.execute(text(statement))


def test_a_number_cannot_be_taken_while_the_last_one_is_unused(books: Books) -> None:
    with books.writing() as connection:
        take_number(connection, "anyint_eu", "invoice", 2026)
        with pytest.raises(IntegrityError, match="skipped"):
            take_number(connection, "anyint_eu", "invoice", 2026)
        connection.rollback()


def test_a_failed_transaction_gives_its_number_back(books: Books) -> None:
    broken = replace(second(), total_minor=1)
    with pytest.raises(BooksError):
        file_in_november(books, broken)
    with books.writing() as connection:
        close_month(connection, "org_aurora", NOVEMBER, 1, NOW)
        assert take_number(connection, "anyint_eu", "invoice", 2026) == (2, "INV-2026-000002")
        file_document(connection, second(), b"{}", {})


def test_each_kind_and_year_counts_on_its_own(books: Books) -> None:
    with books.writing() as connection:
        assert take_number(connection, "anyint_eu", "statement", 2026) == (1, "ST-2026-000001")
        assert take_number(connection, "anyint_eu", "invoice", 2027) == (1, "INV-2027-000001")
        assert take_number(connection, "other", "invoice", 2026)[0] == 1


def test_one_top_up_is_posted_once(books: Books, database: Database) -> None:
    statement = (
        "insert into balance_entry (organization_id, billing_month, kind, reference, "
        "amount_minor, currency, exact_remainder) "
        "values ('org_aurora', '2026-10-01', 'top_up', 'top_1', 5, 'EUR', '0')"
    )
    with pytest.raises(BooksError, match=database.taken_key), books.writing() as connection:
        connection.execute(text(statement))
