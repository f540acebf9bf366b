"""Numbers of sellers and buyers: which are VAT ids of the norm, and how they are written."""

import re

import pytest

from invoice_render.document import Document
from invoice_render.einvoice.demands import problems_of
from invoice_render.einvoice.profiles import profiles
from invoice_render.einvoice.semantics import einvoice_of
from invoice_render.einvoice.traders import BEYOND_ISO, _countries, names_a_country
from tests.invoice_render.einvoice.cases import cases
from tests.invoice_render.einvoice.conftest import OF_FORM, RULES, Checker, Judge
from tests.invoice_render.einvoice.written import xml_of

WITHOUT_COUNTRY = {
    "GSTIN": ("29AAXCB2048K1Z3", "IN"),
    "ABN": ("51824753556", "AU"),
    "MVA": ("974760673MVA", "NO"),
    "GST": ("M90312345A", "SG"),
}


def with_number(role: str, vat_id: str, country: str, *, chosen: bool = True) -> Document:
    """A taxed document whose seller or buyer has another number."""
    document = cases()["discounted S"]
    party = getattr(document, role).model_copy(update={"vat_id": vat_id, "country": country})
    return document.model_copy(update={role: party, "forms": ("en16931-ubl",) if chosen else ()})


@pytest.mark.parametrize("form", OF_FORM)
@pytest.mark.parametrize("role", ["seller", "buyer"])
@pytest.mark.parametrize("name", WITHOUT_COUNTRY)
def test_a_number_without_a_country_passes_schema_and_rules(
    name: str, role: str, form: str, broken: Judge, assert_valid: Checker
) -> None:
    document = with_number(role, *WITHOUT_COUNTRY[name])
    profile = profiles()[form]
    assert problems_of(einvoice_of(document, profile), profile) == ()
    xml = xml_of(document, form)
    assert_valid(xml)
    assert broken(form, xml) == []


@pytest.mark.parametrize("name", WITHOUT_COUNTRY)
def test_it_is_the_sellers_tax_number_and_no_term_of_the_buyers(name: str) -> None:
    vat_id, country = WITHOUT_COUNTRY[name]
    profile = profiles()["en16931-ubl"]
    for chosen in (True, False):
        document = with_number("seller", vat_id, country, chosen=chosen)
        seller = einvoice_of(document, profile).seller
        assert (seller.vat_id, seller.tax_number) == ("", vat_id)
        document = with_number("buyer", vat_id, country, chosen=chosen)
        buyer = einvoice_of(document, profile).buyer
        assert (buyer.vat_id, buyer.tax_number) == ("", "")
    xml = xml_of(with_number("seller", vat_id, country), "en16931-cii")
    assert f'<ram:ID schemeID="FC">{vat_id}</ram:ID>' in xml
    assert xml.count('schemeID="FC"') == 1


@pytest.mark.parametrize(
    ("number", "country", "names_one"),
    [
        ("DE136695976", "DE", True),
        ("DE136695976", "US", True),
        ("DE136695977", "US", True),
        ("EL094259216", "GR", True),
        ("XI110305878", "GB", True),
        ("CHE123456788MWST", "CH", True),
        ("136695976", "DE", False),
        ("GODE561231GR8", "MX", False),
        ("1AXXX", "XK", False),
    ],
)
def test_a_vat_id_starts_with_a_country_and_not_by_chance(
    number: str, country: str, names_one: bool
) -> None:
    assert names_a_country(number, country) is names_one


def test_all_those_countries_are_on_the_list_of_the_norm() -> None:
    text = RULES["en16931-ubl"].read_text("utf-8")
    (listed,) = set(
        re.findall(r"contains\( ' (1A AD [A-Z ]+) ',substring\(cbc:CompanyID,1,2\)", text)
    )
    assert _countries() | BEYOND_ISO <= set(listed.split())


@pytest.mark.parametrize("written", ["DE 136.695-976", "de 136 695 976"])
def test_a_vat_id_is_compact_and_in_capitals(written: str) -> None:
    document = with_number("seller", written, "DE")
    for form in OF_FORM:
        assert einvoice_of(document, profiles()[form]).seller.vat_id == "DE136695976"


def test_a_document_that_chose_nothing_keeps_its_blanks_but_no_country_that_is_none() -> None:
    for written, kept in (("DE 136 695 976", "DE 136 695 976"), ("de136695976", "DE136695976")):
        document = with_number("seller", written, "DE", chosen=False)
        assert einvoice_of(document, profiles()["en16931-ubl"]).seller.vat_id == kept
