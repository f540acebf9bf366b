"""A month closed with its books on a PostgreSQL server: the same documents as with SQLite."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.orchestration.installation import Installation
from tests.orchestration.other_catalog import change_everything
from tests.postgresql import Server

CLOSE = ("close", "2026-10", "--finalize")
REACHED = "cannot be reached"
SECRET = "s3cr3t"  # noqa: S105  # the tests' server asks for none


@pytest.fixture(scope="module")
def url(postgresql: Server) -> Iterator[str]:
    database = postgresql.create()
    yield postgresql.url(database).replace("meterbook@", f"meterbook:{SECRET}@")
    postgresql.drop(database)


@pytest.fixture(scope="module")
def closed(
    tmp_path_factory: pytest.TempPathFactory,
    ingested_small: Installation,
    postgresql: Server,
    url: str,
) -> Installation:
    """The small month, with the server started anew between commands."""
    copy = ingested_small.copy(tmp_path_factory.mktemp("served") / "home")
    copy.root.joinpath("books", "books.sqlite").unlink()
    home = replace(copy, books_url=url)
    home.must("doctor")
    postgresql.stop("immediate")
    postgresql.start()
    home.must(*CLOSE)
    return home


def test_the_documents_are_those_of_sqlite_byte_for_byte(
    closed: Installation, closed_small: Installation
) -> None:
    assert closed.documents() == closed_small.documents()
    listed = closed.must("invoices", "--json").json
    assert listed == closed_small.must("invoices", "--json").json
    assert len(listed["invoices"]) > 5
    assert not (closed.root / "books" / "books.sqlite").exists()


def test_what_if_asks_a_copy_of_the_same_books(
    closed: Installation, closed_small: Installation, tmp_path: Path
) -> None:
    catalog = tmp_path / "catalog"
    shutil.copytree(closed.root / "catalog", catalog)
    change_everything(catalog)
    question = ("whatif", "2026-10", "--json", "--lines", "--catalog", catalog)
    answers = [home.must(*question).json for home in (closed, closed_small)]
    for answer in answers:
        answer.pop("seconds", None)
    assert answers[0] == answers[1]
    assert any(Decimal(row["difference"]) for row in answers[0]["lines"])


def test_doctor_names_the_place_without_the_password(closed: Installation, url: str) -> None:
    done = closed.must("doctor")
    assert "finalized documents" in done.out
    assert (
        f"postgresql://meterbook@/{url.split('@/')[1].split('?', maxsplit=1)[0]}?host=" in done.out
    )
    assert SECRET not in done.out + done.err


@pytest.mark.parametrize("command", [("invoices",), CLOSE, ("doctor",), ("catalog", "check")])
def test_a_server_that_is_not_there_is_told_without_a_traceback(
    closed: Installation, postgresql: Server, command: tuple[str, ...]
) -> None:
    documents = closed.documents()
    postgresql.stop()
    try:
        done = closed.run(*command)
    finally:
        postgresql.start()
    assert done.code == 1
    said = done.out + done.err
    assert REACHED in said
    assert "METERBOOK_BOOKS_URL" in said
    assert "Traceback" not in said
    assert SECRET not in said
    assert closed.documents() == documents
    assert closed.must("invoices").out


def test_no_file_of_the_home_holds_the_password(closed: Installation) -> None:
    holding = [
        path
        for path in Path(closed.root).rglob("*")
        if path.is_file() and SECRET.encode() in path.read_bytes()
    ]
    assert holding == []
