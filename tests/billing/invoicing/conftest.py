"""Books in a fresh folder and the small October warehouse."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from billing.books import Books, open_books
from tests.billing.invoicing.marts_of_october import warehouse_of_october


@pytest.fixture
def books_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/books/books.sqlite"


@pytest.fixture
def books(books_url: str) -> Iterator[Books]:
    with open_books(books_url) as opened:
        yield opened


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse_of_october() as connection:
        yield connection
