"""An invoice of which nothing is left to pay asks for no transfer, in no form."""

import pytest
from lxml import etree

from invoice_render import html, pdf
from invoice_render.bundle import files_of
from invoice_render.document import Document
from invoice_render.einvoice.profiles import profiles
from tests.invoice_render.einvoice.cases import cases
from tests.invoice_render.einvoice.written import xml_of
from tests.invoice_render.factories import draft_of, empty_invoice
from tests.invoice_render.reading import pdf_text, spaces

IBAN, DUE = "DE89370400440532013000", "2026-12-04"
WORDS = {
    "en_GB": "Nothing to pay: the amount due is zero.",
    "de_DE": "Nichts zu zahlen: Der Zahlbetrag ist null.",
    "fr_FR": "Rien à payer : le montant dû est nul.",
    "zh_Hans_CN": "应付金额为零",
    "ja_JP": "お支払いは不要です。ご請求金額はゼロです。",
}


def paid(**fields: object) -> Document:
    """Paid whole by credits: its due date and its account are frozen with it."""
    document = cases()["paid_whole S"]
    assert (document.totals.amount_due, document.payment.iban) == (0, IBAN)
    assert str(document.payment.due_date) == DUE
    return document.model_copy(update=fields)


def shown(document: Document) -> str:
    return spaces(" ".join(etree.HTML(html.render(document)).find("body").itertext()))


@pytest.mark.parametrize("locale", WORDS)
def test_page_and_paper_say_that_nothing_is_to_be_paid(locale: str) -> None:
    for text in (shown(paid(locale=locale)), spaces(pdf_text(pdf.render(paid(locale=locale))))):
        assert WORDS[locale].replace(" ", "") in text.replace(" ", "")
        assert "IBAN" not in text
        assert "3704" not in text


def test_the_page_names_no_due_date() -> None:
    assert "4 December 2026" in shown(cases()["plain S"].model_copy(update={"locale": "en_GB"}))
    assert "4 December 2026" not in shown(paid(locale="en_GB"))


def test_an_empty_invoice_asks_for_nothing_either() -> None:
    for document in (empty_invoice(), draft_of(empty_invoice())):
        assert WORDS["de_DE"] in shown(document)


@pytest.mark.parametrize("form", profiles())
def test_a_chosen_form_has_no_account_no_due_date_and_says_why(form: str) -> None:
    xml = xml_of(paid(locale="en_GB"), form)
    assert WORDS["en_GB"] in xml
    due = DUE if profiles()[form].syntax == "ubl" else DUE.replace("-", "")
    asking = xml_of(cases()["plain S"], form)
    for asked in (IBAN, due, ">58<"):
        assert asked in asking
        assert asked not in xml, asked


def test_a_document_that_chose_nothing_is_the_xml_it_was() -> None:
    xml = files_of(paid(forms=()), None, None)["invoice.xml"].decode()
    assert f"<cbc:DueDate>{DUE}</cbc:DueDate>" in xml
    assert "<cbc:PaymentMeansCode>58</cbc:PaymentMeansCode>" in xml
    assert f"<cbc:ID>{IBAN}</cbc:ID>" in xml
    assert "Tagen" in xml.partition("<cac:PaymentTerms>")[2].partition("</cac:PaymentTerms>")[0]


def test_account_and_bank_are_compact_where_a_form_was_chosen() -> None:
    document = cases()["plain S"]
    written = {"iban": "de89 3704-0044 0532 0130 00", "bic": "coba de ff xxx"}
    payment = document.payment.model_copy(update=written)
    chosen = document.model_copy(update={"payment": payment})
    for form in profiles():
        xml = xml_of(chosen, form)
        assert f">{IBAN}<" in xml
        assert ">COBADEFFXXX<" in xml
    unchosen = xml_of(chosen.model_copy(update={"forms": ()}), "en16931-ubl")
    assert ">de893704-00440532013000<" in unchosen
    assert ">coba de ff xxx<" in unchosen
