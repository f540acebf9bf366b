"""Fixtures of the tests of ingestion."""

from pathlib import Path

import pytest

from tests.billing.ingestion.sites import Site, write_catalog


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An empty home with the small catalog."""
    site = Site(tmp_path / "home")
    write_catalog(site.catalog)
    site.landing.mkdir()
    return site
