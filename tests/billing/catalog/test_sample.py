"""What the committed catalog must hold for the sample month."""

import re
from decimal import Decimal

import polars as pl

from billing.catalog import read_catalog

from .conftest import SAMPLE, CatalogFolder


def test_the_sample_has_its_organizations_projects_and_keys() -> None:
    tables = read_catalog(SAMPLE)
    sizes = [tables[name].height for name in ("organizations", "projects", "api_keys")]
    assert sizes == [14, 30, 60]
    assert set(tables["api_keys"]["payer"]) == {"balance", "plan", "custom", "contract"}


def test_every_sample_model_can_be_billed() -> None:
    tables = read_catalog(SAMPLE)
    priced = tables["prices"].filter(pl.col("service_tier") == "default")
    meters = {
        model: set(priced.filter(pl.col("model_id") == model)["meter"])
        for model in tables["models"]["model_id"]
    }
    for model, have in meters.items():
        needs = {"image"} if model == "imagen-3" else {"input_uncached", "output_visible"}
        assert have >= needs, model


def test_one_sample_price_changes_within_the_month() -> None:
    prices = read_catalog(SAMPLE)["prices"].filter(
        pl.col("model_id") == "glm-4.6", pl.col("meter") == "output_visible"
    )
    assert prices.sort("valid_from_at").select(
        pl.col("unit_price"), pl.col("valid_from_at").dt.strftime("%Y-%m-%d")
    ).rows() == [(Decimal("0.0000022"), "2026-01-01"), (Decimal("0.0000019"), "2026-10-15")]


def test_no_plain_key_stands_in_the_catalog(catalog: CatalogFolder) -> None:
    for file in catalog.path.glob("*.csv"):
        assert not re.search(r"sk-(?:[a-z]+-)?[0-9A-Za-z]{8,}", file.read_text("utf-8")), file
