"""What the words of a document say: periods, reasons, units and sources."""

from datetime import date
from decimal import Decimal

import pytest
from babel import Locale

from invoice_render import html, pdf
from invoice_render.consistency import violations
from invoice_render.document import Document
from invoice_render.einvoice import ubl
from invoice_render.messages import languages, messages_of
from invoice_render.prepaid import BalanceEntry
from tests.invoice_render.factories import (
    document_of,
    enterprise_euro,
    fee_note,
    japanese_yen,
    out_of_scope,
    prepaid_statement,
    reverse_charge,
    subscription_fees,
)
from tests.invoice_render.lines import fee_line, usage_line, usage_lines
from tests.invoice_render.reading import Page, pdf_pages, pdf_text, spaces

WITHOUT_TAX = ("AE", "O", "E", "Z", "G", "K")
LOCALES = {"en": "en_US", "de": "de_DE", "fr": "fr_FR", "zh": "zh_Hans_CN", "ja": "ja_JP"}


def shown(document: Document) -> tuple[str, str]:
    """The text of the page and of the paper, without line breaks."""
    page, paper = Page(html.render(document)).text, pdf_text(pdf.render(document))
    return spaces(page), " ".join(paper.split())


def untaxed(category: str, reason: str, locale: str) -> Document:
    """An invoice whose one tax group has this category and reason."""
    document = document_of(usage_lines("1", 2, ("O", "0"))[:3], locale=locale)
    changes = {"category": category, "exemption_reason": reason}
    taxes = tuple(group.model_copy(update=changes) for group in document.taxes)
    return document.model_copy(update={"taxes": taxes})


def with_a_late_line() -> Document:
    """An invoice of October with a line of September, whose period therefore begins there."""
    late = {
        "number": 4,
        "service_month": "2026-09",
        "period_first_day": date(2026, 9, 1),
        "period_last_day": date(2026, 9, 30),
    }
    lines = usage_lines("1", 2, ("S", "0.19"))[:3]
    return document_of(
        [*lines, lines[0].model_copy(update=late)], period_first_day=date(2026, 9, 1)
    )


def test_the_billing_month_is_printed_beside_a_period_that_a_late_line_widens() -> None:
    document = with_a_late_line()
    for text in shown(document):
        assert "Abrechnungsmonat" in text
        assert "Oktober 2026" in text
        assert "1. Sept.\u202f\u2013\u202f31. Okt. 2026".replace("\u202f", " ") in text
        assert "Nutzung September 2026" in text
    xml = ubl.render(document)
    start, end = "<cbc:StartDate>2026-09-01<", "<cbc:EndDate>2026-10-31<"
    assert xml.index(start) < xml.index(end) < xml.index("<cac:AccountingSupplierParty>")


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("category", WITHOUT_TAX)
def test_why_no_tax_is_due_is_said_in_the_language_of_the_document(
    category: str, language: str
) -> None:
    messages = messages_of(Locale.parse(language))
    sentence = messages.exemptions[category]
    assert messages.exemption(category, "") == ""
    assert messages.exemption(category, "Art. {9}") == sentence.replace("{reason}", "Art. {9}")
    assert len({messages_of(Locale.parse(x)).exemptions[category] for x in languages()}) == 5


@pytest.mark.parametrize("language", languages())
def test_every_form_for_readers_translates_the_reason(language: str) -> None:
    for category in WITHOUT_TAX:
        document = untaxed(category, "Words of the catalog.", LOCALES[language])
        sentence = messages_of(Locale.parse(language)).exemptions[category]
        told = spaces(sentence.format(reason="Words of the catalog."))
        page, paper = shown(document)
        assert told in page
        assert told.replace(" ", "") in paper.replace(" ", "")


def test_the_xml_keeps_the_code_and_the_frozen_reason() -> None:
    document, xml = reverse_charge(), ubl.render(reverse_charge())
    assert "<cbc:TaxExemptionReasonCode>VATEX-EU-AE</cbc:TaxExemptionReasonCode>" in xml
    assert f"<cbc:TaxExemptionReason>{document.taxes[0].exemption_reason}</" in xml
    assert document.taxes[0].exemption_reason not in shown(document)[0]


def test_an_unknown_category_keeps_the_words_of_the_catalog() -> None:
    messages = messages_of(Locale.parse("de"))
    assert messages.exemption("L", "Canary Islands {IGIC}") == "Canary Islands {IGIC}"


def test_the_publisher_of_a_rate_is_named_in_full() -> None:
    assert "Europäische Zentralbank" in shown(enterprise_euro())[1]
    assert "欧州中央銀行" in shown(japanese_yen())[0]
    assert messages_of(Locale.parse("de")).rate_source("Reuters") == "Reuters"


def test_prices_of_one_unit_stand_decimal_below_decimal_and_name_it_once() -> None:
    page, paper = shown(out_of_scope())
    assert page.count("per 1,000,000 tokens") == 1
    assert paper.count("per 1,000,000 tokens") == len(pdf_pages(pdf.render(out_of_scope()))) - 1
    assert "0.2500" in page
    assert "0.2500" in paper


def test_a_line_of_another_unit_says_so() -> None:
    tokens = usage_lines("1", 2, ("S", "0.19"))[:3]
    image = usage_line(4, "img", "Imagen", "image", 7).model_copy(update={"base_quantity": 1})
    fee = fee_line(5, ("", "Team"), "49.00", ("S", "0.19"))
    for text in shown(document_of([*tokens, image, fee])):
        assert text.count("je 1.000.000 Tokens") == 1
        assert "je Bild" in text
        assert "je Monat" in text


def test_fees_alone_are_one_list_that_names_what_was_bought() -> None:
    for text in shown(subscription_fees()):
        assert "GPT-5 · 订阅费" in text
        assert "Claude Sonnet 4.5 · 订阅费" in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "5 of 31 days"),
        ("de", "5 von 31 Tagen"),
        ("fr", "5 jours sur 31"),
        ("zh", "31天中的5天"),
        ("ja", "31日中5日分"),
    ],
)
def test_a_part_of_a_fee_says_for_how_many_days_it_is(language: str, words: str) -> None:
    for text in shown(fee_note(LOCALES[language])):
        assert words.replace(" ", "") in text.replace(" ", "")  # a line may break anywhere
        assert "Nutzung Oktober" not in text
    assert "je Monat" not in shown(fee_note())[0]


def test_a_column_of_rates_is_there_only_where_a_rate_is() -> None:
    assert "Rate Taxable amount" not in shown(out_of_scope())[1]
    assert "Satz Nettobetrag" in shown(enterprise_euro())[1]


MOVEMENTS = {
    "en": ("Transfer from another balance", "Refund", "Transfer to another balance", "Write-off"),
    "de": (
        "Übertrag von einem anderen Guthaben",
        "Rückerstattung",
        "Übertrag auf ein anderes Guthaben",
        "Ausbuchung",
    ),
    "fr": (
        "Virement depuis un autre solde",
        "Remboursement",
        "Virement vers un autre solde",
        "Passage en perte ou profit",
    ),
    "zh": ("从其他余额转入", "退款", "转出至其他余额", "核销"),
    "ja": ("他の残高からの振替", "返金", "他の残高への振替", "残高調整"),
}
EXPIRED = {"en": "Expired", "de": "Verfallen", "fr": "Expiration", "zh": "过期", "ja": "失効"}


@pytest.mark.parametrize("language", LOCALES)
def test_a_statement_names_what_people_took_and_what_expired(language: str) -> None:
    """2.00 in, 1.00 back, 0.50 over to another, 0.25 written off and 0.10 expired: 0.15 more."""
    statement = prepaid_statement()
    assert statement.balance is not None
    amounts = (("transfer_in", "2"), ("refund", "-1"), ("transfer_out", "-0.5"))
    amounts += (("write_off", "-0.25"), ("expiry", "-0.1"))
    more = tuple(
        BalanceEntry.model_validate(
            {"day": date(2026, 10, 9), "kind": kind, "reference": "R", "amount": amount}
        )
        for kind, amount in amounts
    )
    balance = statement.balance.model_copy(
        update={
            "entries": (*statement.balance.entries, *more),
            "closing": statement.balance.closing + Decimal("0.15"),
        }
    )
    changed = statement.model_copy(update={"balance": balance, "locale": LOCALES[language]})
    assert violations(changed) == ()
    for text in shown(changed):
        for words in (*MOVEMENTS[language], EXPIRED[language]):
            assert words.replace(" ", "") in text.replace(" ", "")
