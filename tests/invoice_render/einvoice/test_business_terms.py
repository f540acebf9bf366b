"""Strangers read the same business terms from every syntax, and they are the frozen ones."""

import io

import facturx
import pytest

from invoice_render.einvoice import hybrid
from invoice_render.einvoice.profiles import profiles
from tests.invoice_render.einvoice import business_terms
from tests.invoice_render.einvoice.cases import cases
from tests.invoice_render.einvoice.written import xml_of

READERS = {"ubl": business_terms.of_ubl, "cii": business_terms.of_cii}


@pytest.mark.parametrize("form", ["en16931-ubl", "peppol-bis-3", "xrechnung-3", "en16931-cii"])
def test_every_case_is_read_back_as_it_was_frozen(form: str) -> None:
    read = READERS[profiles()[form].syntax]
    for name, document in cases().items():
        assert read(xml_of(document, form)) == business_terms.of_document(document), name


@pytest.mark.parametrize(
    "name", ["discounted S", "yen O", "in_two_currencies AE", "note S", "top_up_invoice"]
)
def test_a_hybrid_holds_what_its_paper_was_made_of(name: str) -> None:
    document = cases()[name]
    paper = hybrid.render(document, profiles()["factur-x"])
    file_name, xml = facturx.get_xml_from_pdf(io.BytesIO(paper))
    assert file_name == "factur-x.xml"
    assert business_terms.of_cii(xml.decode()) == business_terms.of_document(document)


def test_the_terms_that_only_some_documents_have_are_among_the_cases() -> None:
    seen = {term for document in cases().values() for term in business_terms.of_document(document)}
    assert {"BT-6", "BT-7", "BT-26", "BT-107", "BT-111", "BT-113"} <= seen
