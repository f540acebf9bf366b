"""Credits, balances and bounds of spend in every form and language."""

from decimal import Decimal

import pytest
from lxml import etree

from invoice_render import html, pdf
from invoice_render.consistency import violations
from invoice_render.einvoice import ubl
from invoice_render.formatting import NONE
from invoice_render.view.invoice import invoice_view
from tests.invoice_render.factories import with_credits, with_maximum
from tests.invoice_render.reading import Page, pdf_text

CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
WORDS = {
    "en_US": ("Credits and balances", "Committed spend", "Minimum spend, difference"),
    "de_DE": ("Gutschriften und Guthaben", "Zugesagter Umsatz", "Mindestumsatz, Differenz"),
    "fr_FR": ("Crédits et soldes", "Engagement de dépense", "Dépense minimale, complément"),
    "ja_JP": ("クレジットと残高", "コミットメント残高", "最低利用額との差額"),
    "zh_Hans_CN": ("抵扣额与余额", "承诺消费余额", "最低消费差额"),
}


@pytest.mark.parametrize("locale", sorted(WORDS))
def test_every_language_shows_what_was_there_used_and_left(locale: str) -> None:
    document = with_credits(locale)
    page = Page(html.render(document)).text
    paper = "".join(pdf_text(pdf.render(document)).split())
    for word in WORDS[locale]:
        assert word in page
        assert "".join(word.split()) in paper


def test_a_balance_names_its_last_day_and_a_monthly_coupon_leaves_nothing() -> None:
    page = Page(html.render(with_credits())).text
    assert "gültig bis 30. November 2026" in page
    assert "Jahresvertrag" in page
    (table,) = (each for each in invoice_view(with_credits()).costs if "Guthaben" in each.caption)
    coupon = table.groups[0].rows[0]
    assert (coupon[0].note, coupon[2].text, coupon[3].text) == ("Gutschein", "25,00", NONE)


def test_a_fixed_allowance_has_neither_base_nor_percentage() -> None:
    invoice = etree.fromstring(ubl.render(with_credits()).encode())
    allowances = invoice.findall(f"{CAC}AllowanceCharge")
    shown = [
        (
            item.findtext(f"{CBC}AllowanceChargeReason"),
            item.findtext(f"{CBC}MultiplierFactorNumeric"),
            item.find(f"{CBC}BaseAmount") is not None,
        )
        for item in allowances
    ]
    assert shown == [
        ("Partner discount", "10", True),
        ("Willkommen", None, False),
        ("Herbstaktion", None, False),
    ]
    total = invoice.find(f"{CAC}LegalMonetaryTotal")
    assert total.findtext(f"{CBC}PrepaidAmount") == "112.34"


def test_a_maximum_is_named_in_the_readers_language() -> None:
    document = with_maximum().model_copy(update={"locale": "de_DE"})
    assert "Höchstumsatz" in Page(html.render(document)).text


def test_a_use_that_no_allowance_takes_is_found() -> None:
    document = with_credits()
    spoiled = document.credits[0].model_copy(update={"used": Decimal("24.99")})
    found = violations(document.model_copy(update={"credits": (spoiled, *document.credits[1:])}))
    assert found == ("use of credits: 34.99 is not 35.00",)


def test_a_payment_that_no_balance_made_is_found() -> None:
    document = with_credits()
    found = violations(document.model_copy(update={"credits": document.credits[:3]}))
    assert found == ("use of balances: 100.00 is not 112.34",)
