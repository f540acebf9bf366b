"""Values that a column refuses, each named by file, row and column."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest

from billing.catalog import read_catalog
from billing.errors import Problem

from .conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]

BAD_VALUES = [
    ("organizations", "name", ""),
    ("organizations", "name", " Aurora"),
    ("organizations", "created_date", "2026-02-30"),
    ("organizations", "created_date", "1.2.2026"),
    ("billing_profiles", "currency", "EURO"),
    ("billing_profiles", "currency", "XAU"),
    ("billing_profiles", "zone", "Berlin"),
    ("billing_profiles", "locale", "tlh_DE"),
    ("billing_profiles", "locale", "nonsense"),
    ("billing_profiles", "email", "nobody"),
    ("billing_profiles", "payment_days", "30.5"),
    ("billing_profiles", "payment_days", "-1"),
    ("billing_profiles", "invoice_when_empty", "yes"),
    ("billing_profiles", "endpoint_scheme", "mail"),
    ("projects", "environment", "prod"),
    ("api_keys", "key_sha256", "ABC"),
    ("api_keys", "masked_prefix", "sk-0123456789abcdef0123456789"),
    ("api_keys", "valid_from_at", "2026-10-15 00:00"),
    ("models", "modality", "smell"),
    ("prices", "meter", "output"),
    ("prices", "service_tier", "cheap"),
    ("prices", "unit_price", "1e-6"),
    ("prices", "unit_price", "-0.000001"),
    ("prices", "unit_price", "0.0000000000001"),
    ("prices", "unit_price", "1234567.0"),
    ("prices", "valid_from_at", "2026-01-01T00:07:00Z"),
    ("prices", "valid_from_at", "2026-01-01T00:00:01Z"),
    ("prices", "valid_to_at", "2027-01-01T00:05:00Z"),
    ("contract_prices", "context_above_tokens", "200k"),
    ("contracts", "price_by", "asked"),
    ("discounts", "discount_pct", "1.01"),
    ("discounts", "discount_pct", "-0.1"),
    ("discounts", "discount_pct", "10%"),
    ("top_ups", "amount", "0.00"),
    ("top_ups", "amount", "1,000.00"),
    ("top_ups", "kind", "gift"),
    ("tax_rates", "tax_rate", "19"),
    ("tax_treatments", "exemption_code", "AE"),
    ("exchange_rates", "rate", "0"),
    ("exchange_rates", "rate", "0.123456789"),
    ("seller", "iban", "DE00100999000274450310"),
    ("seller", "bic", "SPREE"),
]


@pytest.mark.parametrize(("name", "field", "value"), BAD_VALUES)
def test_a_bad_value_is_refused_with_its_place(
    catalog: CatalogFolder, name: str, field: str, value: str
) -> None:
    catalog.change(name, 2, **{field: value})
    problems = catalog.problems()
    place = (f"{name}.csv", 2, field)
    assert place in [(p.file, p.row, p.field) for p in problems]
    assert all(p.remedy for p in problems)


def test_an_unknown_country_is_refused(catalog: CatalogFolder, refused: Refused) -> None:
    row = catalog.row_of("billing_profiles", organization_id="org_juniper")
    catalog.change("billing_profiles", row, country="XX")
    refused("billing_profiles", row, "country")


def test_the_message_shows_the_value_and_how_to_write_it(
    catalog: CatalogFolder, refused: Refused
) -> None:
    row = catalog.row_of("prices", model_id="imagen-3")
    catalog.change("prices", row, unit_price="4e-2")
    problem = refused("prices", row, "unit_price")
    assert "'4e-2'" in problem.message
    assert "no exponent" in problem.remedy


def test_prices_are_read_from_text_to_the_last_digit(catalog: CatalogFolder) -> None:
    row = catalog.row_of("prices", model_id="imagen-3")
    catalog.change("prices", row, unit_price="123456.123456789012")
    prices = read_catalog(catalog.path)["prices"]
    assert Decimal("123456.123456789012") in prices["unit_price"].to_list()


def test_an_empty_end_never_comes_and_empty_text_stays_empty(catalog: CatalogFolder) -> None:
    tables = read_catalog(catalog.path)
    contract = tables["contracts"].row(0, named=True)
    key = tables["api_keys"].row(0, named=True)
    assert contract["valid_to_date"] == date(9999, 12, 31)
    assert key["valid_to_at"] == datetime(9999, 12, 31)  # noqa: DTZ001 - as the warehouse keeps it
    assert key["subscription_id"] == ""
