"""What each form shows."""

import csv
import io
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings

from invoice_render import html, lines_table, pdf
from invoice_render.bundle import files_of
from invoice_render.document import Document
from invoice_render.einvoice import ubl
from invoice_render.formatting import formats_of
from tests.invoice_render import report_factories as reports
from tests.invoice_render.factories import (
    FACTORIES,
    draft_of,
    enterprise_euro,
    out_of_scope,
    prepaid_statement,
    subscription_fees,
)
from tests.invoice_render.reading import Page, pdf_pages, pdf_text, spaces
from tests.invoice_render.strategies import documents

each_kind = pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.__name__)
Factory = Callable[[], Document]


def shown_amounts(document: Document) -> list[str]:
    """Every amount a reader must find, as the locale writes it."""
    formats = formats_of(document.locale, document.currency, document.minor_digits)
    if document.kind == "statement":
        assert document.balance is not None
        sums = [document.balance.closing, document.totals.subtotal, document.totals.total]
    elif document.kind == "top_up_receipt":
        sums = [document.totals.total]
    elif document.kind == "credit_note" and document.is_usage_of_balance:
        totals = document.totals
        sums = [totals.subtotal, totals.taxable, totals.tax, totals.total, totals.prepaid]
    else:
        totals = document.totals
        sums = [totals.subtotal, totals.taxable, totals.tax, totals.total, totals.amount_due]
    listed = [
        *(line.amount for line in document.lines),
        *(model.amount for model in document.models),
        *(item.amount.copy_negate() for item in document.allowances),
        *(item.base_amount for item in document.allowances),
    ]
    texts = [*map(formats.money, sums), *map(formats.amount, listed)]
    return [spaces(text) for text in texts]


def assert_every_amount_is_shown(document: Document) -> None:
    page, paper = Page(html.render(document)).text, pdf_text(pdf.render(document))
    for amount in shown_amounts(document):
        assert amount in page
        assert amount in paper
    if document.kind == "invoice":
        xml = ubl.render(document)
        assert f">{document.totals.amount_due:.{document.minor_digits}f}</cbc:PayableAmount>" in xml


@each_kind
def test_every_form_prints_the_frozen_amounts(factory: Factory) -> None:
    assert_every_amount_is_shown(factory())


@settings(max_examples=15, deadline=None)
@given(document=documents())
def test_any_document_prints_its_frozen_amounts(document: Document) -> None:
    assert_every_amount_is_shown(document)


def test_an_invoice_shows_what_finance_looks_for() -> None:
    paper = pdf_text(pdf.render(enterprise_euro()))
    page = Page(html.render(enterprise_euro())).text
    for text in (
        "INV-2026-000001",
        "1.\u201331. Okt. 2026",
        "Europe/Berlin",
        "4. Dezember 2026",
        "Zahlungsstatus",
        "Offen",
        "48.213",
        "Partner discount",
        "Claude Sonnet campaign",
        "DE89 3704 0044 0532 0130 00",
        "USD = 0,86430424 EUR",
        "je 1.000.000 Tokens",
        "8,643042",
    ):
        assert text in paper
        assert text in page


def test_a_statement_shows_its_balance_and_asks_for_nothing() -> None:
    paper = pdf_text(pdf.render(prepaid_statement()))
    for text in ("Account statement", "Opening balance", "Top-up", "Card ending 4242", "688.85"):
        assert text in paper
    assert "IBAN" not in paper
    assert "Amount due" not in paper
    assert "Due by" not in Page(html.render(prepaid_statement())).text


def test_a_fee_invoice_shows_each_item_with_its_own_period() -> None:
    paper = pdf_text(pdf.render(subscription_fees()))
    assert "Claude Sonnet 4.5" in paper
    assert "2026年10月9日至11月8日" in paper.replace(" ", "")


def test_a_draft_says_so_and_has_no_electronic_form() -> None:
    draft = draft_of(enterprise_euro())
    assert "Entwurf zur Prüfung" in pdf_pages(pdf.render(draft))[0]
    assert "Entwurf zur Prüfung" in Page(html.render(draft)).text
    assert "Entwurf zur Prüfung" not in Page(html.render(enterprise_euro())).text
    files = files_of(draft, reports.usage_report(), reports.cost_report())
    assert "invoice.xml" not in files


def test_credit_applied_after_tax_is_shown_before_the_amount_due() -> None:
    paper = pdf_text(pdf.render(out_of_scope()))
    assert "Already paid \u2212$50.00" in paper


def test_line_details_repeat_their_head_and_their_model_on_each_page() -> None:
    pages = pdf_pages(pdf.render(enterprise_euro()))
    details = [page for page in pages if "Beschreibung" in page]
    assert len(details) == 3
    assert f"Seite {len(pages)} von {len(pages)}" in pages[-1]


def test_the_lines_table_holds_every_line_to_the_last_digit() -> None:
    document = enterprise_euro()
    text = lines_table.render(document)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert text.count("\r\n") == text.count("\n") == len(document.lines) + 1
    for row, line in zip(rows, document.lines, strict=True):
        assert Decimal(row["amount"]) == line.amount
        assert Decimal(row["unit_price"]) == line.unit_price
        assert int(row["quantity"]) == line.quantity
        assert row["document"] == document.number
