"""The sample catalog with books that nobody has written to."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from billing.books import Books, open_books
from billing.clock import Clock
from billing.subscriptions import Act, Customer, CustomerFiles, read_customer_files

CATALOG = Path(__file__).parents[3] / "data" / "catalog"
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


def act(at: datetime = NOON, actor: str = "Ada") -> Act:
    return Act(Clock(at), actor)


@pytest.fixture(scope="session")
def files() -> CustomerFiles:
    return read_customer_files(CATALOG)


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """A copy of the sample catalog that a test may edit."""
    return Path(shutil.copytree(CATALOG, tmp_path / "catalog"))


@pytest.fixture
def books(books_url: str) -> Iterator[Books]:
    with open_books(books_url) as opened:
        yield opened


@pytest.fixture
def indigo(files: CustomerFiles) -> Customer:
    """Has an open plan subscription, in London."""
    return files.customer("org_indigo")


@pytest.fixture
def fjord(files: CustomerFiles) -> Customer:
    """Prepaid: never had a subscription."""
    return files.customer("org_fjord")
