"""The correct warehouse and catalog that tests alter. Add a fixture when many tests share it."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.billing.audit.catalog_folder import write_catalog
from tests.billing.audit.closed_month import closed_month


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = closed_month()
    yield connection
    connection.close()


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return write_catalog(tmp_path / "catalog")
