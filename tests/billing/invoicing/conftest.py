"""Fresh books on each kind of database, and the small October warehouse."""

from collections.abc import Iterator

import duckdb
import pytest

from billing.books import Books, open_books
from tests.billing.invoicing.marts_of_october import warehouse_of_october


@pytest.fixture
def books(books_url: str) -> Iterator[Books]:
    with open_books(books_url) as opened:
        yield opened


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse_of_october() as connection:
        yield connection
