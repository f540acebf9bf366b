"""The fixture warehouse, built once by dbt; tests that change it get their own copy."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.dbt_project.warehouse import built, make_warehouse
from tests.sharing import built_once

WAREHOUSE = "meterbook.duckdb"


@pytest.fixture(scope="session")
def october(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """October built once, with every unit test and data test of the project; read only."""

    def build(folder: Path) -> None:
        make_warehouse(folder / WAREHOUSE)
        built(folder / WAREHOUSE)

    return built_once(tmp_path_factory, "october", build) / WAREHOUSE


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """Copies a built warehouse, with what dbt parsed, to be changed."""

    def copy(path: Path) -> Path:
        shutil.copytree(path.parent, tmp_path / "copy")
        return tmp_path / "copy" / path.name

    return copy
