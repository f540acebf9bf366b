"""Seller and buyers whose tax ids, treatment or electronic address do not hold."""

from collections.abc import Callable

import pytest

from billing.catalog.known import is_vat_id
from billing.errors import Problem

from .conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]


@pytest.mark.parametrize(
    ("organization", "vat_id"),
    [
        ("org_aurora", "DE314500751"),
        ("org_aurora", "FR50698405768"),
        ("org_etoile", "FR51698405768"),
        ("org_bharat", "29AAXCB2048K1Z2"),
        ("org_indigo", "GB493393118"),
    ],
)
def test_a_vat_id_with_a_wrong_checksum_or_country_is_refused(
    catalog: CatalogFolder, refused: Refused, organization: str, vat_id: str
) -> None:
    row = catalog.row_of("billing_profiles", organization_id=organization)
    catalog.change("billing_profiles", row, vat_id=vat_id)
    assert vat_id in refused("billing_profiles", row, "vat_id").message


def test_greece_writes_its_vat_ids_with_el() -> None:
    assert is_vat_id("EL094259216", "GR")
    assert not is_vat_id("GR094259216", "GR")


def test_the_sellers_vat_id_is_checked_too(catalog: CatalogFolder, refused: Refused) -> None:
    catalog.change("seller", 2, vat_id="DE123456789")
    refused("seller", 2, "vat_id")


def test_reverse_charge_needs_the_buyers_vat_id(catalog: CatalogFolder, refused: Refused) -> None:
    row = catalog.row_of("billing_profiles", organization_id="org_etoile")
    catalog.change("billing_profiles", row, vat_id="")
    assert "eu_reverse_charge" in refused("billing_profiles", row, "vat_id").message


def test_reverse_charge_needs_the_sellers_vat_id(catalog: CatalogFolder, refused: Refused) -> None:
    catalog.change("seller", 2, vat_id="")
    refused("seller", 2, "vat_id")


def test_a_taxed_treatment_needs_a_rate_of_its_country(
    catalog: CatalogFolder, refused: Refused
) -> None:
    row = catalog.row_of("tax_treatments", tax_treatment_id="de_standard")
    catalog.change("tax_treatments", row, country="AT")
    refused("tax_treatments", row, "country")


def test_an_untaxed_treatment_gives_its_reason(catalog: CatalogFolder, refused: Refused) -> None:
    row = catalog.row_of("tax_treatments", tax_treatment_id="out_of_scope")
    catalog.change("tax_treatments", row, exemption_reason="")
    refused("tax_treatments", row, "exemption_reason")


def test_an_endpoint_needs_its_scheme(catalog: CatalogFolder, refused: Refused) -> None:
    row = catalog.row_of("billing_profiles", organization_id="org_aurora")
    catalog.change("billing_profiles", row, endpoint_scheme="")
    refused("billing_profiles", row, "endpoint_scheme")


def test_an_e_invoice_in_a_currency_of_three_decimals_is_refused(
    catalog: CatalogFolder, refused: Refused
) -> None:
    row = catalog.row_of("billing_profiles", organization_id="org_cobalt")
    catalog.change("billing_profiles", row, currency="KWD")
    assert "three decimals" in refused("billing_profiles", row, "currency").message


def test_three_decimals_are_fine_without_an_e_invoice(catalog: CatalogFolder) -> None:
    row = catalog.row_of("billing_profiles", organization_id="org_bharat")
    catalog.change("billing_profiles", row, currency="KWD")
    assert catalog.problems() == []


def test_there_is_exactly_one_seller(catalog: CatalogFolder, refused: Refused) -> None:
    catalog.copy_row("seller", 2, seller_id="another")
    assert "has 2 rows" in refused("seller", None, None).message
