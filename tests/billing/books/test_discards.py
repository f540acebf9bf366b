"""A discard needs a reason, happens once, and is in the audit log."""

from dataclasses import replace

import pytest

from billing.books import Books
from billing.books.quarantine import Discard
from billing.errors import BooksError
from tests.billing.books.conftest import NOW
from tests.databases import Database

ROW = Discard("b" * 64, 1, "unknown_key", "The gateway was on trial.", "Ada", NOW)


def test_a_discard_is_kept_with_its_reason_and_logged_once_for_the_act(books: Books) -> None:
    rows = [ROW, replace(ROW, line_number=2)]
    before = books.discards()
    books.discard(rows, "file trial.jsonl")
    assert books.discards() == [*before, *rows]
    entry = books.audit_log()[-1]
    assert (entry.actor, entry.action, entry.detail) == ("Ada", "discard", ROW.because)
    assert entry.subject == "2 quarantined rows (file trial.jsonl)"


@pytest.mark.parametrize("because", ["", "  "])
def test_a_discard_without_a_reason_is_refused(books: Books, because: str) -> None:
    with pytest.raises(BooksError, match="needs a reason"):
        books.discard([replace(ROW, because=because)], "line 1")


def test_a_row_is_discarded_once(books: Books, database: Database) -> None:
    books.discard([ROW], "line 1")
    entries = books.audit_log()
    with pytest.raises(BooksError, match=database.taken_key):
        books.discard([replace(ROW, line_number=2), ROW], "all")
    assert books.audit_log() == entries
    assert ROW in books.discards()


def test_nothing_is_no_discard(books: Books) -> None:
    with pytest.raises(BooksError, match="No row"):
        books.discard([], "nothing")
