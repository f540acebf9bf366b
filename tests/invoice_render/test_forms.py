"""What each form shows, and that it is the same bytes everywhere."""

import csv
import hashlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings

from invoice_render import html, lines_csv, pdf, ubl
from invoice_render.bundle import files_of
from invoice_render.document import Document
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

ROOT = Path(__file__).parents[2]
each_kind = pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.__name__)
Factory = Callable[[], Document]
HASHES = """
import hashlib
from tests.invoice_render import report_factories as reports
from tests.invoice_render.factories import FACTORIES
from invoice_render.bundle import files_of
for factory in FACTORIES:
    files = files_of(factory(), reports.usage_report(), reports.cost_report())
    for name, data in sorted(files.items()):
        print(factory.__name__, name, hashlib.sha256(data).hexdigest())
"""


def shown_amounts(document: Document) -> list[str]:
    """Every amount a reader must find, as the locale writes it."""
    formats = formats_of(document.locale, document.currency, document.minor_digits)
    if document.kind == "statement":
        assert document.balance is not None
        sums = [document.balance.closing, document.totals.subtotal, document.totals.total]
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


@settings(max_examples=25, deadline=None)
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
    for text in ("Account statement", "Opening balance", "Top-up", "Card ending 4242", "689.01"):
        assert text in paper
    assert "IBAN" not in paper
    assert "Amount due" not in paper
    assert "Due by" not in Page(html.render(prepaid_statement())).text


def test_a_fee_invoice_shows_each_item_with_its_own_period() -> None:
    paper = pdf_text(pdf.render(subscription_fees()))
    assert "Claude Sonnet 4.5 · enterprise" in paper
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


@each_kind
def test_a_document_has_the_files_its_kind_needs(factory: Factory) -> None:
    document = factory()
    files = files_of(document, reports.usage_report(), reports.cost_report())
    forms = {f"{name}.{form}" for name in ("usage_report", "cost_report") for form in FORMS}
    expected = {"invoice.json", "invoice.html", "invoice.pdf", "lines.csv", *forms}
    if document.kind == "invoice":
        expected.add("invoice.xml")
    assert set(files) == expected
    assert files["invoice.json"] == document.frozen_bytes()


FORMS = ("html", "pdf", "csv")


def test_the_same_document_is_the_same_bytes_in_another_process_and_zone(tmp_path: Path) -> None:
    here = [
        f"{factory.__name__} {name} {hashlib.sha256(data).hexdigest()}"
        for factory in FACTORIES
        for name, data in sorted(
            files_of(factory(), reports.usage_report(), reports.cost_report()).items()
        )
    ]
    environment = {
        **os.environ,
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    there = subprocess.run(
        [sys.executable, "-c", HASHES],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert there.stdout.splitlines() == here


@each_kind
def test_the_pdf_is_archival_tagged_and_dated_by_its_document(factory: Factory) -> None:
    document = factory()
    with pikepdf.open(io.BytesIO(pdf.render(document))) as opened:
        with opened.open_metadata(set_pikepdf_as_editor=False) as metadata:
            assert metadata.get("pdfaid:part") == "3"
            assert metadata.get("pdfaid:conformance") == "B"
            assert metadata.get("pdfuaid:part") == "1"
            assert str(metadata.get("xmp:CreateDate")).startswith("2026-11-04T08:30:00")
        assert opened.Root.Lang is not None
        assert bool(opened.Root.MarkInfo.Marked)
        fonts = {str(font) for page in opened.pages for font in _font_names(page)}
    assert fonts
    assert all("Noto" in font for font in fonts)


def _font_names(page: pikepdf.Page) -> list[pikepdf.Object]:
    return [font.BaseFont for font in page.resources.get("/Font", {}).values()]


@each_kind
def test_the_page_fetches_nothing_and_runs_nothing(factory: Factory) -> None:
    files = files_of(factory(), reports.usage_report(), reports.cost_report())
    for name in ("invoice.html", "usage_report.html", "cost_report.html"):
        text = files[name].decode()
        page = Page(text)
        tags = {tag for tag, _ in page.tags}
        assert not tags & {"script", "img", "link", "iframe", "object", "form", "base", "a"}
        assert not re.search(r"url\(|@import|https?://", text)
        assert not [name for _, name, _ in page.attributes if name in ("src", "href", "onload")]
        assert "default-src 'none'" in text


@each_kind
def test_the_page_reads_well_aloud(factory: Factory) -> None:
    text = html.render(factory())
    page = Page(text)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("h1") == tags.count("main") == tags.count("title") == 1
    assert tags.count("caption") == tags.count("table")
    heads = [names for tag, names in page.tags if tag == "th"]
    assert all("scope" in names or "class" in names for names in heads)
    assert next(value for tag, name, value in page.attributes if name == "lang")


def test_the_lines_csv_holds_every_line_to_the_last_digit() -> None:
    document = enterprise_euro()
    text = lines_csv.render(document)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert text.count("\r\n") == text.count("\n") == len(document.lines) + 1
    for row, line in zip(rows, document.lines, strict=True):
        assert Decimal(row["amount"]) == line.amount
        assert Decimal(row["unit_price"]) == line.unit_price
        assert int(row["quantity"]) == line.quantity
        assert row["document"] == document.number
