"""Homes that many tests start from, each built once per run."""

from pathlib import Path

import pytest

from tests.orchestration.installation import OCTOBER, Installation
from tests.orchestration.small_month import write_small_month


@pytest.fixture(scope="session")
def closed_sample(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The sample month, ingested and finalized."""
    home = Installation.new(tmp_path_factory.mktemp("sample") / "home")
    home.must("ingest", OCTOBER)
    home.must("close", "2026-10", "--finalize")
    return home


@pytest.fixture(scope="session")
def small_landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few hundred rows of the sample month in three files, faults included."""
    return write_small_month(tmp_path_factory.mktemp("landing"))


@pytest.fixture(scope="session")
def ingested_small(tmp_path_factory: pytest.TempPathFactory, small_landing: Path) -> Installation:
    """The small month ingested, nothing closed."""
    home = Installation.new(tmp_path_factory.mktemp("small") / "home")
    home.must("ingest", small_landing)
    return home


@pytest.fixture(scope="session")
def drafted_small(
    tmp_path_factory: pytest.TempPathFactory, ingested_small: Installation
) -> Installation:
    """The small month drafted."""
    home = ingested_small.copy(tmp_path_factory.mktemp("drafted") / "home")
    home.must("close", "2026-10")
    return home


@pytest.fixture(scope="session")
def closed_small(
    tmp_path_factory: pytest.TempPathFactory, ingested_small: Installation
) -> Installation:
    """The small month finalized."""
    home = ingested_small.copy(tmp_path_factory.mktemp("closed") / "home")
    home.must("close", "2026-10", "--finalize")
    return home
