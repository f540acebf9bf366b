"""Whatever strangers write stays text in every electronic form."""

import io

import facturx
import pytest
from lxml import etree

from invoice_render.einvoice import hybrid
from invoice_render.einvoice.profiles import profiles
from tests.invoice_render.einvoice.cases import cases
from tests.invoice_render.einvoice.conftest import Checker, Judge
from tests.invoice_render.einvoice.written import xml_of
from tests.invoice_render.factories import out_of_scope
from tests.invoice_render.hostile import CONTROL, HOSTILE, planted

BENIGN = "Harmless"
FORMS = ("en16931-ubl", "en16931-cii", "peppol-bis-3")


@pytest.mark.parametrize("text", HOSTILE)
def test_xml_gets_no_element_from_text_and_stays_valid(
    text: str, broken: Judge, assert_valid: Checker
) -> None:
    for form in FORMS:
        xml = xml_of(planted(cases()["discounted O"], text), form)
        read = etree.fromstring(xml.encode())
        harmless = etree.fromstring(xml_of(planted(cases()["discounted O"], BENIGN), form).encode())
        assert [node.tag for node in read.iter()] == [node.tag for node in harmless.iter()]
        assert text in [node.text for node in read.iter()]
        assert_valid(xml)
        assert broken(form, xml) == []


@pytest.mark.parametrize("text", [HOSTILE[3], HOSTILE[5], HOSTILE[11], HOSTILE[12]])
def test_a_hybrid_holds_text_as_it_was_written(text: str) -> None:
    document = planted(cases()["plain O"], text)
    paper = hybrid.render(document, profiles()["factur-x"])
    _, xml = facturx.get_xml_from_pdf(io.BytesIO(paper), check_xsd=False)
    assert xml.decode() == xml_of(document, "factur-x")


@pytest.mark.parametrize("form", FORMS)
def test_text_of_control_characters_alone_leaves_no_empty_element(form: str) -> None:
    document = planted(out_of_scope(), "\x00\x1f\ufffe")
    read = etree.fromstring(xml_of(document, form).encode())
    empty = [
        etree.QName(node).localname
        for node in read.iter()
        if not len(node) and not (node.text or "").strip()
    ]
    assert set(empty) <= {"RegistrationName", "Name", "ApplicableHeaderTradeDelivery"}


def test_control_characters_and_direction_overrides_vanish() -> None:
    for form in FORMS:
        xml = xml_of(planted(cases()["plain O"], CONTROL), form)
        assert "ABCDEF GHI" in xml
        assert not set(CONTROL) - set("ABCDEF GHI") & set(xml)
