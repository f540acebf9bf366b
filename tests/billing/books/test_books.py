"""The books give back what was put in, to the last digit."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.books import Books, open_books
from billing.books.documents import major
from billing.errors import BooksError
from tests.billing.books.conftest import FROZEN, HUGE, NOW, OCTOBER
from tests.databases import Database, raw_connection

INVOICE = "INV-2026-000001"


def test_a_document_comes_back_as_the_bytes_that_were_filed(books: Books) -> None:
    stored = books.document(INVOICE)
    assert stored.frozen == FROZEN
    assert stored.reports == {"usage": b"{}", "cost": b"{}"}
    assert stored.registration.issue_date == date(2026, 11, 5)


def test_ten_to_the_fifteen_minor_units_survive(books: Books) -> None:
    stored = books.document(INVOICE).registration
    assert stored.subtotal_minor == HUGE
    assert stored.amount("total") == Decimal("10000000000000.06")
    assert books.posted_closing_balance("org_aurora", OCTOBER) == Decimal("10000000000000.00")


@given(minor=st.integers(-(10**30), 10**30), digits=st.integers(0, 4))
def test_minor_units_become_an_amount_without_loss(minor: int, digits: int) -> None:
    amount = major(minor, digits)
    assert -int(amount.as_tuple().exponent) == digits
    assert int(f"{amount:f}".replace(".", "")) == minor


def test_a_document_changed_behind_the_books_is_noticed(
    books: Books, filled_url: str, database: Database
) -> None:
    unguard = {
        "sqlite": "drop trigger document_no_update",
        "postgresql": "alter table document disable trigger document_append_only",
    }
    raw = raw_connection(filled_url)
    raw.execute(unguard[database.name])
    raw.execute("""update document set frozen = '{"total":"2"}'""")
    raw.close()
    with pytest.raises(BooksError, match="does not have the hash"):
        books.document(INVOICE)


def test_an_unknown_number_is_refused_by_name(books: Books) -> None:
    with pytest.raises(BooksError, match="no document 'INV-2026-000009'"):
        books.document("INV-2026-000009")


def test_the_manifest_and_the_decisions_are_read_back(books: Books) -> None:
    assert books.manifest() == {"a" * 64: 1}
    assert books.decisions() == {("a" * 64, 3): "bad_count"}


def test_a_draft_is_replaced_and_a_closed_month_keeps_none(books: Books) -> None:
    november = OCTOBER.next
    books.record_drafts(november, {"org_aurora": 1, "org_b": 1}, NOW)
    books.record_drafts(november, {"org_aurora": 2}, NOW)
    books.record_drafts(OCTOBER, {"org_aurora": 2}, NOW)
    assert books.drafts() == {("org_aurora", november): 2, ("org_b", november): 1}


@pytest.mark.parametrize("url", ["sqlite://", "mysql://host/books", "books.sqlite"])
def test_books_that_could_not_be_kept_are_refused(url: str) -> None:
    with pytest.raises(BooksError):
        open_books(url)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "books.sqlite").write_text("Dear diary, " * 100)
    with pytest.raises(BooksError, match="not a database"):
        open_books(f"sqlite:///{tmp_path}/books.sqlite")
