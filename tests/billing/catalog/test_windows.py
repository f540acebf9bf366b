"""Validity: windows that overlap or end too early, and prices that follow each other."""

from collections.abc import Callable
from datetime import datetime

import polars as pl
import pytest

from billing.catalog import read_catalog
from billing.errors import Problem

from .conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]


def test_a_newer_price_row_ends_the_open_one(catalog: CatalogFolder) -> None:
    row = catalog.row_of("prices", model_id="imagen-3")
    starts = "2026-11-01T00:00:00Z"
    catalog.copy_row("prices", row, price_id="newer", valid_from_at=starts, unit_price="0.05")
    prices = read_catalog(catalog.path)["prices"].filter(pl.col("model_id") == "imagen-3")
    ends = datetime(2026, 11, 1)  # noqa: DTZ001 - as the warehouse keeps it
    assert prices.sort("valid_from_at")["valid_to_at"].to_list()[0] == ends


def test_two_price_rows_of_the_same_start_overlap(catalog: CatalogFolder, refused: Refused) -> None:
    row = catalog.row_of("prices", model_id="imagen-3")
    copy = catalog.copy_row("prices", row, price_id="twice")
    assert f"overlaps row {row}" in refused("prices", copy, "valid_from_at").message


def test_a_price_row_inside_one_with_its_own_end_overlaps(
    catalog: CatalogFolder, refused: Refused
) -> None:
    row = catalog.row_of("prices", model_id="imagen-3")
    catalog.change("prices", row, valid_to_at="2026-12-01T00:00:00Z")
    starts = "2026-11-01T00:00:00Z"
    copy = catalog.copy_row("prices", row, price_id="inside", valid_from_at=starts)
    refused("prices", copy, "valid_from_at")


def test_a_short_row_inside_a_long_one_does_not_hide_the_next_overlap(
    catalog: CatalogFolder,
) -> None:
    row = catalog.row_of("prices", model_id="imagen-3")
    catalog.change("prices", row, valid_to_at="2027-01-01T00:00:00Z")
    inside = {"valid_from_at": "2026-02-01T00:00:00Z", "valid_to_at": "2026-03-01T00:00:00Z"}
    first = catalog.copy_row("prices", row, price_id="short", **inside)
    later = {"valid_from_at": "2026-06-01T00:00:00Z", "valid_to_at": ""}
    second = catalog.copy_row("prices", row, price_id="later", **later)
    assert [problem.row for problem in catalog.problems()] == [first, second]


@pytest.mark.parametrize(
    "other", [{"region": "eu"}, {"currency": "EUR"}, {"context_above_tokens": "200000"}]
)
def test_prices_of_another_region_currency_or_band_do_not_overlap(
    catalog: CatalogFolder, other: dict[str, str]
) -> None:
    row = catalog.row_of("prices", model_id="imagen-3")
    catalog.copy_row("prices", row, price_id="other", **other)
    assert catalog.problems() == []


def test_an_end_before_the_start_is_refused(catalog: CatalogFolder, refused: Refused) -> None:
    row = catalog.row_of("discounts", discount_id="disc_denki_partner")
    catalog.change("discounts", row, valid_to_date="2026-04-01")
    assert "not after its start" in refused("discounts", row, "valid_to_date").message


def test_an_organization_has_one_contract_at_a_time(
    catalog: CatalogFolder, refused: Refused
) -> None:
    row = catalog.row_of("contracts", organization_id="org_denki")
    starts = "2026-12-01"
    copy = catalog.copy_row("contracts", row, contract_id="second", valid_from_date=starts)
    refused("contracts", copy, "valid_from_date")


def test_a_contract_may_follow_another_on_the_day_it_ends(catalog: CatalogFolder) -> None:
    row = catalog.row_of("contracts", organization_id="org_denki")
    catalog.change("contracts", row, valid_to_date="2026-12-01")
    after = {"valid_from_date": "2026-12-01", "valid_to_date": ""}
    catalog.copy_row("contracts", row, contract_id="second", **after)
    assert catalog.problems() == []


def test_negotiated_prices_of_one_meter_do_not_overlap(
    catalog: CatalogFolder, refused: Refused
) -> None:
    copy = catalog.copy_row("contract_prices", 2, contract_price_id="again", currency="EUR")
    refused("contract_prices", copy, "valid_from_date")


def test_two_discounts_of_one_contract_need_an_order(
    catalog: CatalogFolder, refused: Refused
) -> None:
    row = catalog.row_of("discounts", discount_id="disc_aurora_sonnet")
    catalog.change("discounts", row, priority="1")
    refused("discounts", row, "valid_from_date")


def test_tax_rates_of_a_country_do_not_overlap(catalog: CatalogFolder, refused: Refused) -> None:
    row = catalog.row_of("tax_rates", tax_rate_id="de_s_2020")
    catalog.change("tax_rates", row, valid_to_date="2021-01-02")
    refused("tax_rates", row + 1, "valid_from_date")


def test_an_organization_has_one_subscription_at_a_time(
    catalog: CatalogFolder, refused: Refused
) -> None:
    row = catalog.row_of("subscriptions", organization_id="org_indigo")
    values = {"subscription_id": "sub_indigo_2", "starts_date": "2026-11-11"}
    copy = catalog.copy_row("subscriptions", row, **values)
    refused("subscriptions", copy, "starts_date")
