"""Empty books on each kind of database."""

from collections.abc import Iterator

import pytest

from billing.books import Books, open_books


@pytest.fixture
def books(books_url: str) -> Iterator[Books]:
    with open_books(books_url) as opened:
        yield opened
