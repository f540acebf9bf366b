"""Fresh books on each kind of database, and the small October warehouse."""

from collections.abc import Iterator

import duckdb
import pytest

from billing.books import Books, open_books
from tests.billing.invoicing.marts_of_october import warehouse_of_october
from tests.billing.invoicing.top_up_rows import TOP_1, TOP_2, Warehouse, document


@pytest.fixture
def books(books_url: str) -> Iterator[Books]:
    with open_books(books_url) as opened:
        yield opened


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse_of_october() as connection:
        yield connection


@pytest.fixture
def invoiced(warehouse: Warehouse) -> Warehouse:
    """Both top-ups are ours to invoice, and 10.00 of the first are paid back."""
    warehouse.execute("update catalog.top_ups set invoiced_as = ''")
    document(warehouse, 1, TOP_1)
    document(warehouse, 2, TOP_2)
    document(warehouse, 3, ("top_1", *TOP_1[1:3], "10.00", "1.90"), "credit_note")
    return warehouse
