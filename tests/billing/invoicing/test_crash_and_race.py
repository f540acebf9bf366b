"""Killed anywhere, or run twice at once: the same numbers, the same bytes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from billing.books import Books, open_books
from billing.errors import BooksError
from tests.billing.invoicing.run import OCTOBER, ORGANIZATIONS, finalize_october
from tests.databases import Database

NOW = "2026-11-05T06:00:00+00:00"
ROOT = Path(__file__).parents[3]
BOUNDARIES = [
    f"finalize.{place}:{passing}"
    for place in ("before_commit", "after_commit")
    for passing in (1, 2, 4)
]


def start(url: str, kill_at: str = "") -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.billing.invoicing.run", url, NOW],
        cwd=ROOT,
        env={**os.environ, "METERBOOK_KILL_AT": kill_at},
    )


def frozen(books: Books) -> dict[str, bytes]:
    return {each.number: books.document(each.number).frozen for each, _ in books.documents()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with open_books(f"sqlite:///{folder}/books.sqlite") as books:
        finalize_october(books)
        return frozen(books)


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_kill_at_a_commit_loses_nothing_and_repeats_nothing(
    books: Books, books_url: str, undisturbed: dict[str, bytes], boundary: str
) -> None:
    assert start(books_url, kill_at=boundary).wait() == -signal.SIGKILL
    survived = frozen(books)
    assert survived.items() <= undisturbed.items()
    finalize_october(books)
    assert frozen(books) == undisturbed
    assert books.finalized() == {(each, OCTOBER): 3 for each in ORGANIZATIONS}


def test_a_kill_before_the_first_commit_leaves_the_books_empty(
    books: Books, books_url: str
) -> None:
    start(books_url, kill_at="finalize.before_commit").wait()
    assert books.documents() == []
    assert books.finalized() == {}
    assert books.manifest() == {}
    assert books.audit_log() == []


def test_two_finalizations_at_once_number_every_document_once(
    books: Books, books_url: str, undisturbed: dict[str, bytes]
) -> None:
    racing = [start(books_url), start(books_url)]
    assert [each.wait() for each in racing] == [0, 0]
    assert frozen(books) == undisturbed
    closes = [entry for entry in books.audit_log() if entry.action == "close_month"]
    assert len(closes) == len(ORGANIZATIONS)


def test_a_writer_that_waits_too_long_is_refused(
    books: Books, books_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing.books.engine.SQLITE_SETTINGS", ("pragma busy_timeout = 50",))
    monkeypatch.setattr("billing.books.postgresql.WAIT", "50ms")
    waited = {"sqlite": "database is locked", "postgresql": "due to lock timeout"}
    with (
        open_books(books_url) as second,
        books.writing(),
        pytest.raises(BooksError, match=waited[database.name]),
        second.writing(),
    ):
        pass
