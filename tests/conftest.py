"""In which order tests run, and where those put books that run on every kind of database.

Here: what spreads the suite evenly over two workers, each of which takes whole files, and the one
server of each worker. Keep out: fixtures of one stage.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.books.address import ENVIRONMENT_VARIABLE
from tests.databases import POSTGRESQL, SQLITE, Database
from tests.postgresql import Server

SLOW = ("scenarios", "orchestration", "dbt_project")
SLOW_FILES = ("test_acts_at_once.py",)
"""Of other rooms: begun last, one would go on alone for minutes."""

os.environ.pop(ENVIRONMENT_VARIABLE, None)  # no test writes to books that a shell happens to name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what takes minutes, so that no worker ends long after the other."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    room = item.nodeid.split("/")[1]
    if item.path.name in SLOW_FILES:
        return -1
    return SLOW.index(room) if room in SLOW else len(SLOW)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server that runs until the last test of this worker."""
    server = Server()
    yield server
    server.close()


@pytest.fixture
def postgresql_url(postgresql: Server) -> Iterator[str]:
    """A fresh database for the length of a test."""
    database = postgresql.create()
    yield postgresql.url(database)
    postgresql.drop(database)


@pytest.fixture(params=[SQLITE, POSTGRESQL], ids=lambda each: each.name)
def database(request: pytest.FixtureRequest) -> Database:
    """A test that asks for it, or for books, runs on each kind of database."""
    return request.param


@pytest.fixture
def books_url(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Where no books are yet."""
    if database is SQLITE:
        return f"sqlite:///{tmp_path}/books.sqlite"
    return request.getfixturevalue("postgresql_url")
