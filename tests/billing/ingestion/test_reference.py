"""What ingestion needs of the catalog is refused by file and column when it is not there."""

import pytest

from billing.errors import CatalogError
from tests.billing.ingestion.logs import native, write_json
from tests.billing.ingestion.sites import Site


@pytest.mark.parametrize("name", ["api_keys.csv", "outcome_rules.csv"])
def test_a_missing_file_is_named(site: Site, name: str) -> None:
    (site.catalog / name).unlink()
    write_json(site.landing / "log.jsonl", [native()])
    with pytest.raises(CatalogError, match=name):
        site.ingest()
    assert site.rows("select * from raw.ingest_file") == []


def test_a_missing_column_is_named(site: Site) -> None:
    keys = site.catalog / "api_keys.csv"
    keys.write_text(keys.read_text().replace("key_sha256", "hash"))
    with pytest.raises(CatalogError, match="key_sha256"):
        site.ingest()


def test_a_key_that_stands_there_twice_is_named_with_its_row(site: Site) -> None:
    keys = site.catalog / "api_keys.csv"
    keys.write_text(keys.read_text() + "key_a,org_b,proj_b,,balance\n")
    with pytest.raises(CatalogError, match=r"api_keys\.csv, row 4, field api_key_id: 'key_a'"):
        site.ingest()


def test_a_catalog_without_keys_quarantines_every_row(site: Site) -> None:
    keys = site.catalog / "api_keys.csv"
    keys.write_text(keys.read_text().split("\n", 1)[0] + "\n")
    write_json(site.landing / "log.jsonl", [native()])
    report = site.ingest()
    assert (report.accepted, report.quarantined) == (0, 1)


def test_zones_are_needed_only_when_a_month_is_finalized(site: Site) -> None:
    (site.catalog / "billing_profiles.csv").unlink()
    write_json(site.landing / "log.jsonl", [native()])
    assert site.ingest().late == 0
