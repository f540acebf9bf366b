"""What was used beyond a plan, in every form and language."""

from datetime import date
from decimal import Decimal

import pytest
from babel import Locale

from invoice_render import html, lines_table, pdf
from invoice_render.consistency import violations
from invoice_render.document import Document, Line, LineTerm
from invoice_render.einvoice import ubl
from invoice_render.messages import languages, messages_of
from tests.invoice_render.factories import document_of
from tests.invoice_render.lines import fee_line
from tests.invoice_render.reading import Page, pdf_text, spaces

TAX = ("S", "0.19")
LOCALES = {"en": "en_US", "de": "de_DE", "fr": "fr_FR", "zh": "zh_Hans_CN", "ja": "ja_JP"}


def overage(number: int, meter: str, quantity: int, price: str, amount: str) -> Line:
    """A line of 11 September to 10 October: used 1,000 more than are included."""
    line = fee_line(number, ("", "Studio"), amount, TAX)
    return line.model_copy(
        update={
            "kind": "plan_overage",
            "description": "Studio plan, beyond",
            "period_first_day": date(2026, 9, 11),
            "period_last_day": date(2026, 10, 10),
            "meter": meter,
            "quantity": quantity,
            "unit_price": Decimal(price),
            "base_quantity": 1_000_000 if meter == "token" else 1,
            "term": LineTerm(
                kind="included",
                name="",
                up_to_quantity=1_000,
                used_quantity=1_000 + quantity,
            ),
        }
    )


def invoice(locale: str = "en_US") -> Document:
    """500,000 tokens at 3.00 a million, 2 generations at 0.05, and the fee of the next period."""
    lines = [
        overage(1, "token", 500_000, "3.00", "1.50"),
        overage(2, "generation", 2, "0.05", "0.10"),
        fee_line(3, ("", "Studio"), "99.00", TAX),
    ]
    return document_of(lines, payment_mode="subscription", locale=locale)


def test_a_reader_sees_what_was_used_and_included_and_the_period() -> None:
    assert violations(invoice()) == ()
    for text in (
        spaces(Page(html.render(invoice())).text),
        " ".join(pdf_text(pdf.render(invoice())).split()),
    ):
        assert "Studio · Overage · Tokens" in text
        assert "per 1,000,000 tokens" in text
        assert "501,000 used, 1,000 included" in text
        assert "Studio · Overage · Generations" in text
        assert "per generation" in text
        assert "Sep 11 \u2013 Oct 10, 2026" in text
        assert "Usage of" not in text


@pytest.mark.parametrize("language", languages())
def test_every_language_has_its_words(language: str) -> None:
    messages = messages_of(Locale.parse(language))
    page = spaces(Page(html.render(invoice(LOCALES[language]))).text)
    paper = pdf_text(pdf.render(invoice(LOCALES[language])))
    name = f"{messages.words['plan_overage']} · {messages.meters['token']}"
    assert name in page
    assert name.replace(" ", "") in "".join(paper.split())
    assert len({messages_of(Locale.parse(each)).words["plan_overage"] for each in languages()}) == 5


def test_the_files_for_programs_have_quantity_price_and_base() -> None:
    document = invoice().model_copy(update={"status": "open"})
    xml = ubl.render(document)
    assert '<cbc:InvoicedQuantity unitCode="C62">500000<' in xml
    assert '<cbc:BaseQuantity unitCode="C62">1000000<' in xml
    assert "<cbc:StartDate>2026-09-11<" in xml
    row = lines_table.render(document).splitlines()[1]
    assert ",plan_overage," in row
    assert ",token,,0,500000,3.00,1000000,1.50," in row
    assert row.endswith(",included,,,501000")
