"""What national forms demand of the catalog is named with file, row, field and remedy."""

from pathlib import Path

import pytest

from billing.catalog import check_catalog
from billing.errors import Problem
from orchestration.forms import known_forms
from tests.billing.catalog.conftest import CatalogFolder
from tests.billing.catalog.conftest import catalog as catalog_folder

catalog = catalog_folder
BUYER = "billing_profiles"
GOOD = {
    "china-vat-special": {
        "seller.tax_number": "91310115MA1K000016",
        "seller.vat_id": "",
        "billing_profiles.tax_number": "91310101MA1FP0002P",
        "billing_profiles.vat_id": "",
        "billing_profiles.currency": "CNY",
    },
    "japan-qualified": {
        "seller.tax_number": "T4690852136926",
        "seller.vat_id": "",
        "billing_profiles.currency": "JPY",
    },
    "singapore-tax-invoice": {
        "seller.tax_number": "M90373010A",
        "seller.vat_id": "",
        "billing_profiles.currency": "SGD",
    },
}
AMISS = [
    ("china-vat-special", "seller.tax_number", "", "Write the 18 characters into seller.tax"),
    ("china-vat-special", "billing_profiles.tax_number", "", "Write the 18 characters into bill"),
    (
        "china-vat-special",
        "billing_profiles.tax_number",
        "91310101MA1FP0002Q",
        "Write the 18 characters into billing_profiles.tax_number.",
    ),
    ("china-vat-special", "billing_profiles.currency", "USD", "Bill in CNY."),
    ("japan-qualified", "seller.tax_number", "", "Write T and the 13 digits"),
    ("japan-qualified", "seller.tax_number", "T4690852136927", "Write T and the 13 digits"),
    ("japan-qualified", "billing_profiles.currency", "EUR", "Bill in JPY."),
    ("singapore-tax-invoice", "seller.tax_number", "", "Write a number like M90373010A"),
    ("singapore-tax-invoice", "seller.tax_number", "DE136695976", "Write a number like M90373010A"),
]


def problems(catalog: CatalogFolder, form: str, values: dict[str, str]) -> list[Problem]:
    """What a check says of this form, once the catalog says these values."""
    catalog.write("document_forms", [{"organization_id": "org_aurora", "form": form}])
    for place, value in values.items():
        file, field = place.split(".")
        catalog.change(file, row_of(catalog, file), **{field: value})
    found = check_catalog(Path(catalog.path), known_forms())
    return [each for each in found if f"form {form}" in each.message]


def row_of(catalog: CatalogFolder, file: str) -> int:
    return catalog.row_of(file, organization_id="org_aurora") if file == BUYER else 2


@pytest.mark.parametrize("form", GOOD)
def test_a_catalog_that_says_all_of_it_passes(catalog: CatalogFolder, form: str) -> None:
    assert problems(catalog, form, GOOD[form]) == []


@pytest.mark.parametrize(("form", "place", "value", "remedy"), AMISS)
def test_each_demand_is_told_with_file_row_field_and_remedy(
    catalog: CatalogFolder, form: str, place: str, value: str, remedy: str
) -> None:
    (problem,) = problems(catalog, form, {**GOOD[form], place: value})
    file, field = place.split(".")
    assert (problem.file, problem.row, problem.field) == (
        f"{file}.csv",
        row_of(catalog, file),
        field,
    )
    said = "is empty" if value == "" else f"{value!r} does not do"
    assert problem.message.startswith(said)
    assert problem.remedy.startswith(remedy)


def test_singapore_needs_its_dollar_in_the_bill_or_in_the_accounts(catalog: CatalogFolder) -> None:
    form = "singapore-tax-invoice"
    billed = {**GOOD[form], "billing_profiles.currency": "USD"}
    (problem,) = problems(catalog, form, billed)
    assert (problem.file, problem.row) == ("seller.csv", 2)
    assert problem.field == "accounting_currency"
    assert problem.remedy.startswith("Write SGD into seller.accounting_currency, or bill in SGD.")
    rows = catalog.rows("seller")
    catalog.write("seller", [{**row, "accounting_currency": "SGD"} for row in rows])
    assert problems(catalog, form, billed) == []
