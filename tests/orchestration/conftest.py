"""Homes that many tests start from: each is built once per run, and each worker has a copy."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.orchestration.installation import OCTOBER, Installation
from tests.orchestration.small_month import write_small_month
from tests.sharing import built_once

Factory = pytest.TempPathFactory


def _home(factory: Factory, name: str, build: Callable[[Installation], object]) -> Installation:
    root = built_once(factory, name, lambda folder: build(Installation.new(folder / "home")))
    return Installation(root / "home").copy(factory.mktemp(name) / "home")


@pytest.fixture(scope="session")
def closed_sample(tmp_path_factory: Factory) -> Installation:
    """The sample month, ingested and finalized."""

    def build(home: Installation) -> None:
        home.must("ingest", OCTOBER)
        home.must("close", "2026-10", "--finalize")

    return _home(tmp_path_factory, "sample", build)


@pytest.fixture(scope="session")
def small_landing(tmp_path_factory: Factory) -> Path:
    """A few hundred rows of the sample month in three files, faults included."""
    return built_once(tmp_path_factory, "landing", write_small_month)


@pytest.fixture(scope="session")
def ingested_small(tmp_path_factory: Factory, small_landing: Path) -> Installation:
    """The small month ingested, nothing closed."""
    return _home(tmp_path_factory, "ingested", lambda home: home.must("ingest", small_landing))


@pytest.fixture(scope="session")
def drafted_small(tmp_path_factory: Factory, small_landing: Path) -> Installation:
    """The small month drafted."""

    def build(home: Installation) -> None:
        home.must("ingest", small_landing)
        home.must("close", "2026-10")

    return _home(tmp_path_factory, "drafted", build)


@pytest.fixture(scope="session")
def closed_small(tmp_path_factory: Factory, small_landing: Path) -> Installation:
    """The small month finalized."""

    def build(home: Installation) -> None:
        home.must("ingest", small_landing)
        home.must("close", "2026-10", "--finalize")

    return _home(tmp_path_factory, "closed", build)
