"""In which order tests run, and the one server that those of a worker share.

Here: what spreads the suite evenly over two workers, each of which takes whole files. Keep out:
fixtures of one stage.
"""

from collections.abc import Iterator

import pytest

from tests.postgresql import Server

SLOW = ("scenarios", "orchestration", "dbt_project")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what takes minutes, so that no worker ends long after the other."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    room = item.nodeid.split("/")[1]
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
