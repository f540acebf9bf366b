"""Whatever strangers write stays text, in every form."""

import csv
import io

import pytest
from lxml import etree

from invoice_render import cost_report, html, lines_table, pdf, usage_report
from invoice_render.einvoice import ubl
from invoice_render.errors import RenderError
from invoice_render.text import plain, spreadsheet_safe
from tests.invoice_render import report_factories as reports
from tests.invoice_render.conftest import Judge
from tests.invoice_render.factories import enterprise_euro, out_of_scope, prepaid_statement
from tests.invoice_render.hostile import CONTROL, HOSTILE, planted
from tests.invoice_render.reading import Page, pdf_pages, pdf_text

BENIGN = "Harmless"
GREEK, RUSSIAN = (
    "\u0395\u03bb\u03bb\u03b7\u03bd\u03b9\u03ba\u03ae",
    "\u0420\u043e\u043c\u0430\u0448\u043a\u0430",
)
hostile_texts = pytest.mark.parametrize("text", HOSTILE)


def squeezed(text: str) -> str:
    return "".join(text.split())


@hostile_texts
def test_html_gets_no_tag_and_no_attribute_from_text(text: str) -> None:
    for document in (enterprise_euro(), prepaid_statement()):
        page, harmless = (Page(html.render(planted(document, t))) for t in (text, BENIGN))
        assert page.tags == harmless.tags
        assert text in page.text


@hostile_texts
def test_html_reports_get_no_tag_from_text(text: str) -> None:
    for report, form in (
        (reports.usage_report(), usage_report.html),
        (reports.cost_report(), cost_report.html),
    ):
        page, harmless = (Page(form(planted(report, t))) for t in (text, BENIGN))  # type: ignore[operator]
        assert page.tags == harmless.tags
        assert text in page.text


@hostile_texts
def test_xml_gets_no_element_from_text_and_stays_valid(
    text: str, schema: etree.XMLSchema, broken_rules: Judge
) -> None:
    document = planted(out_of_scope(), text)
    xml = ubl.render(document)
    invoice = etree.fromstring(xml.encode())
    harmless = etree.fromstring(ubl.render(planted(out_of_scope(), BENIGN)).encode())
    assert [node.tag for node in invoice.iter()] == [node.tag for node in harmless.iter()]
    assert text in [node.text for node in invoice.iter()]
    schema.assertValid(invoice)
    assert broken_rules(xml) == []


@hostile_texts
def test_pdf_prints_text_as_it_was_written(text: str) -> None:
    document = enterprise_euro()
    buyer = document.buyer.model_copy(update={"legal_name": text})
    pages = pdf_pages(pdf.render(document.model_copy(update={"buyer": buyer})))
    assert squeezed(text) in squeezed(pages[0])
    assert len(pages) == len(pdf_pages(pdf.render(document)))


@hostile_texts
def test_pdf_stands_text_in_every_field(text: str) -> None:
    printed = squeezed(pdf_text(pdf.render(planted(prepaid_statement(), text))))
    assert squeezed(text) in printed
    assert "root:" not in printed


@hostile_texts
def test_csv_cells_are_never_formulas(text: str) -> None:
    forms = (
        lines_table.render(planted(enterprise_euro(), text)),
        usage_report.csv(planted(reports.usage_report(), text)),
        cost_report.csv(planted(reports.cost_report(), text)),
    )
    for form in forms:
        cells = [cell for row in csv.reader(io.StringIO(form, newline="")) for cell in row]
        assert any(text in cell for cell in cells)
        assert [cell for cell in cells if cell.lstrip()[:1] in set("=+-@")] == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "\uff1d", "'="])
def test_any_start_a_spreadsheet_acts_on_is_escaped(start: str) -> None:
    assert spreadsheet_safe(f"{start}1+1").startswith("'")


def test_control_characters_and_direction_overrides_vanish_everywhere() -> None:
    document = planted(out_of_scope(), CONTROL)
    clean = "ABCDEF GHI"
    assert plain(CONTROL) == clean
    for text in (html.render(document), ubl.render(document), lines_table.render(document)):
        assert clean in text
        assert not set(CONTROL) - set(clean) & set(text)
    assert clean in pdf_text(pdf.render(document))


def test_names_in_scripts_the_fonts_have_are_printed() -> None:
    document = enterprise_euro()
    for name in (GREEK, RUSSIAN, "𠮷野家", "한국전자", "Đặng Ñandú Łódź"):
        buyer = document.buyer.model_copy(update={"legal_name": name})
        form = pdf.render(document.model_copy(update={"buyer": buyer}))
        assert name in pdf_pages(form)[0]


@pytest.mark.parametrize(("name", "point"), [("Smile 😀 Ltd", "U+1F600"), ("ไทย", "U+0E44")])
def test_a_character_without_a_glyph_is_refused_by_name_not_boxed(name: str, point: str) -> None:
    document = enterprise_euro()
    buyer = document.buyer.model_copy(update={"legal_name": name})
    with pytest.raises(RenderError) as refused:
        pdf.render(document.model_copy(update={"buyer": buyer}))
    assert point in str(refused.value)
    assert repr(name) in str(refused.value)
    assert "INV-2026-000001" in str(refused.value)


def test_a_name_of_four_thousand_letters_stays_on_the_page() -> None:
    document = enterprise_euro()
    for name in ("x" * 4000, "株" * 4000, "word " * 800):
        buyer = document.buyer.model_copy(update={"legal_name": name})
        form = pdf.render(document.model_copy(update={"buyer": buyer}))
        letter = name[0]
        assert pdf_text(form).count(letter) >= name.count(letter)
