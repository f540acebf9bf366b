"""Fixtures of the tests of ingestion."""

from pathlib import Path

import pytest

from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.sites import Site, write_catalog


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An empty home with the small catalog."""
    site = Site(tmp_path / "home")
    write_catalog(site.catalog)
    site.landing.mkdir()
    return site


@pytest.fixture(scope="module")
def kept_bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """One bench for a module; a test with many trials wipes it before each."""
    return Bench(tmp_path_factory.mktemp("bench"))


@pytest.fixture
def bench(kept_bench: Bench) -> Bench:
    """The bench of the module, empty."""
    kept_bench.wipe()
    return kept_bench
