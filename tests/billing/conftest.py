"""Where tests of the books put them: each test runs on SQLite and on PostgreSQL."""

from pathlib import Path

import pytest

from tests.databases import POSTGRESQL, SQLITE, Database


@pytest.fixture(params=[SQLITE, POSTGRESQL], ids=lambda each: each.name)
def database(request: pytest.FixtureRequest) -> Database:
    """Every test of the books runs on both."""
    return request.param


@pytest.fixture
def books_url(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Where no books are yet."""
    if database is SQLITE:
        return f"sqlite:///{tmp_path}/books.sqlite"
    return request.getfixturevalue("postgresql_url")
