"""Other currencies on a document: the seller's accounts (BT-6, BT-111) and daily rates."""

from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from invoice_render import html, pdf
from invoice_render.consistency import violations
from invoice_render.conversion import Accounting
from invoice_render.document import Document
from invoice_render.einvoice import ubl
from invoice_render.einvoice.semantics import has_form
from invoice_render.errors import RenderError
from tests.invoice_render.conftest import Judge
from tests.invoice_render.factories import enterprise_euro, reverse_charge
from tests.invoice_render.reading import Page, pdf_text, spaces
from tests.invoice_render.ubl_laws import texts, tree

LOCALES = ("en_US", "de_DE", "fr_FR", "zh_Hans_CN", "ja_JP")
BT_111 = '<cac:TaxTotal>\n<cbc:TaxAmount currencyID="USD">22.50</cbc:TaxAmount>\n</cac:TaxTotal>\n'


def accounted(document: Document, **changed: object) -> Document:
    """Add accounts in dollars: 100.00 + 22.50 = 122.50 at 1.1172."""
    values = {
        "currency": "USD",
        "minor_digits": 2,
        "rate": Decimal("1.1172"),
        "rate_date": date(2026, 10, 30),
        "source": "ecb",
        "net": Decimal("100.00"),
        "tax": Decimal("22.50"),
        "total": Decimal("122.50"),
    }
    accounting = Accounting(**{**values, **changed})  # type: ignore[arg-type]
    return document.model_copy(update={"accounting": accounting})


def daily(document: Document) -> Document:
    """Say that each day had its own rate."""
    assert document.exchange is not None
    exchange = document.exchange.model_copy(update={"date_rule": "daily"})
    return document.model_copy(update={"exchange": exchange})


@pytest.mark.parametrize("document", [enterprise_euro(), reverse_charge()])
def test_an_invoice_with_accounts_passes_the_norm(
    document: Document, schema: etree.XMLSchema, broken_rules: Judge
) -> None:
    xml = ubl.render(accounted(document))
    invoice = tree(xml)
    schema.assertValid(invoice)
    assert broken_rules(xml) == []
    assert texts(invoice, "cbc:TaxCurrencyCode") == ["USD"]
    assert texts(invoice, "cac:TaxTotal/cbc:TaxAmount[@currencyID='USD']") == ["22.50"]
    assert len(texts(invoice, "cac:TaxTotal/cbc:TaxAmount")) == 2


def test_a_tax_currency_without_its_tax_is_refused(broken_rules: Judge) -> None:
    xml = ubl.render(accounted(enterprise_euro()))
    assert BT_111 in xml
    assert any("BR-53" in broken for broken in broken_rules(xml.replace(BT_111, "")))


def test_an_invoice_without_accounts_names_no_tax_currency() -> None:
    assert "TaxCurrencyCode" not in ubl.render(enterprise_euro())


def test_accounts_with_three_decimals_have_no_ubl_form() -> None:
    document = accounted(enterprise_euro(), currency="KWD", minor_digits=3)
    assert not has_form(document)
    with pytest.raises(RenderError, match="amounts in KWD, which has 3 decimals"):
        ubl.render(document)


def test_accounts_that_do_not_add_up_are_found() -> None:
    sound = accounted(enterprise_euro())
    assert violations(sound) == ()
    spoiled = accounted(enterprise_euro(), total=Decimal("122.51"))
    assert violations(spoiled) == ("total in accounts: 122.51 is not 122.50",)


@pytest.mark.parametrize("locale", LOCALES)
def test_page_and_paper_say_both_in_their_language(locale: str) -> None:
    language = {"locale": locale}
    document = accounted(daily(enterprise_euro())).model_copy(update=language)
    plain = enterprise_euro().model_copy(update=language)
    page, paper = spaces(Page(html.render(document)).text), pdf_text(pdf.render(document))
    dollars = ("122.50", "122,50")
    rates = ("1.1172", "1,1172")
    for text in (page, paper):
        assert any(amount in text for amount in dollars)
        assert any(rate in text for rate in rates)
    assert Page(html.render(document)).text != Page(html.render(plain)).text


def test_the_words_of_daily_rates_and_accounts() -> None:
    document = accounted(daily(enterprise_euro())).model_copy(update={"locale": "en_US"})
    page = spaces(Page(html.render(document)).text)
    assert (
        "List prices in USD were converted at the rate of each day of usage (European Central "
        "Bank); the last was 1 USD = 0.86430424 EUR" in page
    )
    assert (
        "In USD: net $100.00, tax $22.50, total $122.50, at 1 EUR = 1.1172 USD "
        "(European Central Bank, Oct 30, 2026)." in page
    )
