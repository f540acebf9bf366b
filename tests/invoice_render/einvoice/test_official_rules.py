"""Every case in every form under the schemas and rules that recipients run."""

import pytest

from invoice_render.einvoice.demands import problems_of
from invoice_render.einvoice.profiles import profiles
from invoice_render.einvoice.semantics import einvoice_of
from tests.invoice_render.einvoice.cases import cases
from tests.invoice_render.einvoice.conftest import OF_FORM, Checker, Judge
from tests.invoice_render.einvoice.written import xml_of
from tests.invoice_render.factories import enterprise_euro


def test_every_form_of_electronic_invoice_has_rules_to_be_judged_by() -> None:
    assert set(profiles()) == set(OF_FORM)


def test_there_are_sixty_cases_and_each_can_take_every_form() -> None:
    assert len(cases()) >= 60
    amiss = {
        (name, form): problems
        for name, document in cases().items()
        for form, profile in profiles().items()
        if (problems := problems_of(einvoice_of(document, profile), profile))
    }
    assert amiss == {}


@pytest.mark.parametrize("form", OF_FORM)
def test_every_case_passes_schema_and_rules(
    form: str, broken: Judge, assert_valid: Checker
) -> None:
    refused = {}
    for name, document in cases().items():
        xml = xml_of(document, form)
        assert_valid(xml)
        if rules := broken(form, xml):
            refused[name] = rules
    assert refused == {}


@pytest.mark.parametrize("form", OF_FORM)
def test_an_invoice_of_seventy_lines_passes_too(
    form: str, broken: Judge, assert_valid: Checker
) -> None:
    xml = xml_of(enterprise_euro(), form)
    assert_valid(xml)
    assert [rule for rule in broken(form, xml) if not rule.startswith("PEPPOL-EN16931-CL")] == []


SPOILED = (
    ("en16931-cii", "<ram:ID>INV-2026-000001</ram:ID>", "", "BR-02"),
    ("en16931-cii", "<ram:DuePayableAmount>", "<ram:DuePayableAmount>9", "BR-CO-16"),
    ("en16931-cii", "<ram:GrandTotalAmount>", "<ram:GrandTotalAmount>9", "BR-CO-15"),
    ("en16931-cii", "<ram:TaxBasisTotalAmount>", "<ram:TaxBasisTotalAmount>9", "BR-CO-13"),
    ("en16931-cii", "<ram:CategoryCode>S</", "<ram:CategoryCode>Q</", "BR-CL-18"),
    ("en16931-cii", "<ram:CountryID>DE</", "<ram:CountryID>QQ</", "BR-CL-14"),
    ("factur-x", 'schemeID="VA">DE136695976', 'schemeID="VA">QQ136695976', "BR-CO-09"),
    ("xrechnung-3", "<cbc:BuyerReference>AUR-4500012</cbc:BuyerReference>\n", "", "BR-DE-15"),
    ("xrechnung-3", "<cbc:Telephone>+49 30 5550 1200</cbc:Telephone>\n", "", "BR-DE-6"),
    ("xrechnung-3", "<cbc:ID>DE89370400440532013000", "<cbc:ID>DE88370400440532013000", "BR-DE-19"),
    ("xrechnung-3-cii", "<ram:BuyerReference>AUR-4500012</ram:BuyerReference>\n", "", "BR-DE-15"),
    ("xrechnung-3-cii", "<ram:URIID>billing@anyint.example", "<ram:URIID>billing", "BR-DE-28"),
    ("peppol-bis-3", 'schemeID="9930">DE129273398', 'schemeID="9930">', "PEPPOL-EN16931-R008"),
    ("peppol-bis-3", "<cbc:LineExtensionAmount", "<cbc:LineExtensionAmount", "PEPPOL-EN16931-R120"),
)


@pytest.mark.parametrize(("form", "good", "bad", "rule"), SPOILED)
def test_a_spoiled_one_is_refused_by_its_rule(
    form: str, good: str, bad: str, rule: str, broken: Judge
) -> None:
    """The last doubles the quantities, so that no line is quantity x price any more."""
    xml = xml_of(cases()["plain S"], form)
    spoiled = xml.replace(good, bad, 1)
    if rule.endswith("R120"):
        spoiled = xml.replace(
            '<cbc:InvoicedQuantity unitCode="C62">', '<cbc:InvoicedQuantity unitCode="C62">2'
        )
    assert spoiled != xml
    assert any(each.startswith(rule) for each in broken(form, spoiled))
