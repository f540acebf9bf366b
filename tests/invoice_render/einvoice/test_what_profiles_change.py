"""What a profile has beside its demands, and what both syntaxes say of special documents."""

import re

import pytest
from lxml import etree

from invoice_render.document import Document
from tests.invoice_render.einvoice.business_terms import CII, SETTLED, TRADE, UBL
from tests.invoice_render.einvoice.cases import cases
from tests.invoice_render.einvoice.conftest import Judge
from tests.invoice_render.einvoice.written import xml_of
from tests.invoice_render.factories import out_of_scope


def found(document: Document, form: str, path: str) -> list[str]:
    names = CII if "cii" in form else UBL
    root = etree.fromstring(xml_of(document, form).encode())
    return [str(node.text) for node in root.xpath(path, namespaces=names)]


def test_peppol_takes_one_note() -> None:
    document = cases()["with_late_lines_and_fees S"]
    assert found(document, "en16931-ubl", "cbc:Note") == ["One", "Two"]
    assert found(document, "peppol-bis-3", "cbc:Note") == ["One Two"]


def test_each_profile_names_itself_and_its_process() -> None:
    document = cases()["plain S"]
    heads = {
        form: found(document, form, "cbc:CustomizationID|cbc:ProfileID")
        for form in ("en16931-ubl", "peppol-bis-3", "xrechnung-3")
    }
    process, norm = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0", "urn:cen.eu:en16931:2017"
    assert heads == {
        "en16931-ubl": [norm],
        "peppol-bis-3": [f"{norm}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0", process],
        "xrechnung-3": [f"{norm}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0", process],
    }


def test_xrechnung_has_a_rate_of_0_in_the_breakdown_outside_the_scope_of_vat() -> None:
    document = cases()["discounted O"]
    for form, rates in (("xrechnung-3", ["0"]), ("en16931-ubl", []), ("peppol-bis-3", [])):
        assert found(document, form, "//cbc:Percent") == rates
    path = "//ram:RateApplicablePercent"
    assert found(document, "xrechnung-3-cii", path) == ["0"]
    assert found(document, "en16931-cii", path) == []


def test_outside_the_scope_of_vat_no_vat_id_is_shown_but_as_an_address_that_is_asked_for() -> None:
    document = out_of_scope()
    vat_id = document.seller.vat_id
    assert document.seller.endpoint_id == vat_id
    for form in ("en16931-ubl", "en16931-cii", "factur-x"):
        assert vat_id not in xml_of(document, form)
    for form in ("peppol-bis-3", "xrechnung-3", "xrechnung-3-cii"):
        assert xml_of(document, form).count(vat_id) == 1
    assert found(document, "peppol-bis-3", "//cac:PartyTaxScheme") == []


@pytest.mark.parametrize("category", ["S", "Z", "E", "AE", "K", "G", "O"])
def test_only_a_supply_within_the_eu_says_where_it_goes(category: str) -> None:
    document = cases()[f"plain {category}"]
    place = ["Paris", "75002", "FR"] if category == "K" else []
    address = "cac:Delivery/cac:DeliveryLocation/cac:Address"
    assert found(document, "en16931-ubl", f"{address}//*[not(*)]") == place
    to = f"{TRADE}/ram:ApplicableHeaderTradeDelivery/ram:ShipToTradeParty//*[not(*)]"
    assert sorted(found(document, "en16931-cii", to)) == sorted(place)


def test_a_supply_within_the_eu_that_chose_nothing_would_break_the_norm_without_its_place(
    broken: Judge,
) -> None:
    """So its bytes change: BR-IC-12 is fatal."""
    xml = xml_of(cases()["plain K"].model_copy(update={"forms": ()}), "en16931-ubl")
    assert broken("en16931-ubl", xml) == []
    before = re.sub(r"<cac:Delivery>.*</cac:Delivery>\n", "", xml, flags=re.DOTALL)
    assert before != xml
    assert broken("en16931-ubl", before) == ["BR-IC-12"]


def test_where_nothing_is_to_be_transferred_payment_is_named_only_if_it_is_asked_for() -> None:
    document = cases()["note S"]
    assert found(document, "en16931-ubl", "//cbc:PaymentMeansCode") == []
    assert found(document, "en16931-cii", "//ram:SpecifiedTradeSettlementPaymentMeans") == []
    for form in ("xrechnung-3", "peppol-bis-3"):
        assert found(document, form, "//cbc:PaymentMeansCode") == ["1"]
        assert found(document, form, "//cac:PayeeFinancialAccount") == []
    means = "//ram:SpecifiedTradeSettlementPaymentMeans/*"
    assert found(document, "xrechnung-3-cii", means) == ["1"]


def test_a_top_up_is_paid_by_no_instrument_and_taxed_on_its_day() -> None:
    document = cases()["top_up_invoice"]
    assert found(document, "en16931-cii", f"{SETTLED}/ram:PaymentReference") == ["Karte 4242"]
    assert found(document, "en16931-cii", "//ram:TaxPointDate/udt:DateString") == ["20261015"]
    assert found(document, "en16931-cii", "//ram:IBANID") == []
    assert found(document, "en16931-cii", "//ram:DuePayableAmount") == ["0.00"]


def test_a_whole_amount_carries_its_residue_in_both_syntaxes() -> None:
    document = cases()["yen O"]
    path = "cac:InvoiceLine/cac:AllowanceCharge[cbc:AllowanceChargeReason='Rounding']/cbc:Amount"
    residues = found(document, "en16931-ubl", path)
    lines = "//ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeAllowanceCharge"
    assert found(document, "en16931-cii", f"{lines}/ram:ActualAmount") == residues != []
    assert all(re.fullmatch(r"0\.[0-9]{2}", each) for each in residues)
    assert set(found(document, "en16931-cii", f"{lines}/ram:Reason")) == {"Rounding"}
    assert all(each.isdigit() for each in found(document, "en16931-cii", "//ram:LineTotalAmount"))
