"""Chosen forms that nobody makes, that cannot carry a currency, or that lack a field."""

from pathlib import Path

import pytest

from billing.catalog import check_catalog, read_catalog
from billing.catalog.endpoints import is_address
from billing.catalog.forms import FormDemand, KnownForm
from billing.errors import CatalogError, Problem

from .conftest import CatalogFolder

FORMS = {
    "plain": KnownForm("plain"),
    "strict": KnownForm(
        "strict",
        (
            FormDemand(
                "BT-10 or BT-13",
                "a reference",
                "R003",
                ("billing_profiles.buyer_reference", "billing_profiles.order_number"),
            ),
            FormDemand(
                "BT-49-1",
                "scheme of the address",
                "CL008",
                ("billing_profiles.endpoint_scheme",),
                pattern=r"^\d{4}$",
                remedy="Use four digits.",
            ),
            FormDemand("BT-42", "phone", "DE-6", ("seller.phone",)),
            FormDemand(
                "BT-53",
                "post code",
                "DE-9",
                ("billing_profiles.postal_code",),
                parties=("DE", "DE"),
            ),
        ),
        most_digits=2,
    ),
}


@pytest.fixture
def chosen(catalog: CatalogFolder) -> CatalogFolder:
    """The sample catalog, where one organization chose the strict form."""
    catalog.write("document_forms", [{"organization_id": "org_aurora", "form": "strict"}])
    return catalog


def places(problems: list[Problem]) -> list[tuple[str, int | None, str | None]]:
    return [(each.file, each.row, each.field) for each in problems]


def profile_row(catalog: CatalogFolder, organization: str = "org_aurora") -> int:
    return catalog.row_of("billing_profiles", organization_id=organization)


def test_a_form_whose_fields_are_filled_passes(chosen: CatalogFolder) -> None:
    assert check_catalog(chosen.path, FORMS) == []
    assert read_catalog(chosen.path, FORMS)["document_forms"].rows() == [("org_aurora", "strict")]


def test_a_form_nobody_makes_is_named_with_those_that_are(chosen: CatalogFolder) -> None:
    chosen.write("document_forms", [{"organization_id": "org_aurora", "form": "edifact"}])
    (problem,) = check_catalog(chosen.path, FORMS)
    assert places([problem]) == [("document_forms.csv", 2, "form")]
    assert "'edifact' is no form" in problem.message
    assert problem.remedy == "Use one of plain, strict."
    with pytest.raises(CatalogError, match="edifact"):
        read_catalog(chosen.path, FORMS)


def test_who_does_not_know_the_forms_leaves_them_alone(chosen: CatalogFolder) -> None:
    chosen.write("document_forms", [{"organization_id": "org_aurora", "form": "edifact"}])
    assert check_catalog(chosen.path) == []


def test_an_organization_must_exist_and_chooses_a_form_once(chosen: CatalogFolder) -> None:
    row = {"organization_id": "org_aurora", "form": "plain"}
    chosen.write("document_forms", [row, row, {**row, "organization_id": "org_nobody"}])
    problems = check_catalog(chosen.path, FORMS)
    assert places(problems) == [
        ("document_forms.csv", 3, "organization_id"),
        ("document_forms.csv", 4, "organization_id"),
    ]


def test_a_missing_field_is_named_where_it_is_to_be_filled_in(chosen: CatalogFolder) -> None:
    """One of two references is enough; without both, the first column is named."""
    row = profile_row(chosen)
    chosen.change("billing_profiles", row, buyer_reference="")
    assert check_catalog(chosen.path, FORMS) == []
    chosen.change("billing_profiles", row, order_number="")
    (problem,) = check_catalog(chosen.path, FORMS)
    assert places([problem]) == [("billing_profiles.csv", row, "buyer_reference")]
    assert "is empty, but form strict needs a reference (BT-10 or BT-13, R003)" in problem.message
    assert problem.remedy.startswith("Fill in buyer_reference or order_number.")


def test_a_field_written_otherwise_is_named_with_its_own_remedy(chosen: CatalogFolder) -> None:
    row = profile_row(chosen)
    mail = {"endpoint_id": "a@b.example", "endpoint_scheme": "EM"}
    chosen.change("billing_profiles", row, **mail)
    (problem,) = check_catalog(chosen.path, FORMS)
    assert places([problem]) == [("billing_profiles.csv", row, "endpoint_scheme")]
    assert "'EM' does not do" in problem.message
    assert problem.remedy.startswith("Use four digits.")


def test_what_the_seller_lacks_is_told_once_for_all_who_chose_the_form(
    chosen: CatalogFolder,
) -> None:
    rows = [{"organization_id": name, "form": "strict"} for name in ("org_aurora", "org_etoile")]
    chosen.write("document_forms", rows)
    chosen.change("seller", 2, phone="")
    found = [each for each in check_catalog(chosen.path, FORMS) if "form strict" in each.message]
    assert places(found) == [("seller.csv", 2, "phone")]


def test_a_demand_of_one_country_is_none_of_another(chosen: CatalogFolder) -> None:
    rows = [{"organization_id": name, "form": "strict"} for name in ("org_aurora", "org_etoile")]
    chosen.write("document_forms", rows)
    for organization in ("org_aurora", "org_etoile"):
        chosen.change("billing_profiles", profile_row(chosen, organization), postal_code="")
    found = places(check_catalog(chosen.path, FORMS))
    assert found == [("billing_profiles.csv", profile_row(chosen), "postal_code")]


@pytest.mark.parametrize(("form", "is_refused"), [("strict", True), ("plain", False)])
def test_three_decimals_fit_only_forms_that_carry_them(
    chosen: CatalogFolder,
    form: str,
    is_refused: bool,
) -> None:
    """Kuwait's dinar has three; page and paper know them, EN 16931 does not."""
    no_address = {"endpoint_id": "", "endpoint_scheme": ""}
    chosen.change("billing_profiles", profile_row(chosen), currency="KWD", **no_address)
    chosen.write("document_forms", [{"organization_id": "org_aurora", "form": form}])
    found = [
        each for each in check_catalog(chosen.path, FORMS) if each.file == "document_forms.csv"
    ]
    assert places(found) == ([("document_forms.csv", 2, "form")] if is_refused else [])
    if is_refused:
        assert "org_aurora is billed in KWD, which has 3" in found[0].message


def test_the_file_may_be_absent(chosen: CatalogFolder) -> None:
    Path(chosen.file("document_forms")).unlink()
    assert check_catalog(chosen.path, FORMS) == []
    assert read_catalog(chosen.path)["document_forms"].height == 0


GOOD = {
    "0002": "552100554",
    "0007": "5560360793",
    "0009": "73282932000074",
    "0060": "079942718",
    "0088": "4012345000009",
    "0106": "12345678",
    "0151": "51824753556",
    "0184": "DK13585628",
    "0192": "988077917",
    "0204": "991-03730-19",
    "0208": "0428759497",
    "0213": "FI20774740",
    "9914": "ATU13585627",
    "9925": "BE0428759497",
    "9920": "ES54362315K",
    "9930": "DE136695976",
    "9932": "GB980780684",
    "9944": "NL004495445B01",
    "9957": "FR40303265045",
    "EM": "rechnung@example.org",
}


@pytest.mark.parametrize(("scheme", "address"), GOOD.items())
def test_an_address_has_the_check_digits_of_its_scheme(scheme: str, address: str) -> None:
    assert is_address(address, scheme)
    assert not is_address(address + "x", scheme) or scheme == "EM"
    if address[-1].isdigit() and scheme not in ("0060", "0106", "EM", "9944"):
        spoiled = address[:-1] + str((int(address[-1]) + 1) % 10)
        assert not is_address(spoiled, scheme)


@pytest.mark.parametrize(
    ("scheme", "address"),
    [
        ("9930", "DE 136695976"),
        ("9930", "DE136.695.976"),
        ("9930", "DE-136695976"),
        ("9930", "de136695976"),
        ("9930", "FR40303265045"),
        ("9957", "DE136695976"),
        ("0213", "FI2077474-0"),
        ("0184", "DK 13585628"),
        ("9932", "GB 980 7806 84"),
        ("0199", "HWUP KR0MPOU8FGXBT394"),
    ],
)
def test_an_address_is_compact_and_of_the_country_of_its_scheme(scheme: str, address: str) -> None:
    assert not is_address(address, scheme)


def test_a_leitweg_id_and_a_mail_address_keep_their_hyphens() -> None:
    assert is_address("991-03730-19", "0204")
    assert is_address("accounts-payable@my.example.org", "EM")


def test_a_scheme_without_a_known_check_takes_any_address() -> None:
    assert is_address("whatever", "0246")
    assert not is_address("no mail", "EM")


@pytest.mark.parametrize(
    ("scheme", "address", "field"),
    [
        ("9930", "DE314500751", "endpoint_id"),
        ("0088", "4012345000008", "endpoint_id"),
        ("EM", "rechnung", "endpoint_id"),
        ("0001", "1", "endpoint_scheme"),
        ("ZZ", "1", "endpoint_scheme"),
    ],
)
def test_an_address_that_is_none_of_its_scheme_is_refused(
    catalog: CatalogFolder, scheme: str, address: str, field: str
) -> None:
    row = profile_row(catalog)
    catalog.change("billing_profiles", row, endpoint_id=address, endpoint_scheme=scheme)
    (problem,) = catalog.problems()
    assert places([problem]) == [("billing_profiles.csv", row, field)]


def test_the_sellers_address_is_checked_too(catalog: CatalogFolder) -> None:
    catalog.change("seller", 2, endpoint_id="DE358027615")
    assert places(catalog.problems()) == [("seller.csv", 2, "endpoint_id")]
