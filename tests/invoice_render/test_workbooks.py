"""A workbook opens with every digit, no formula, and the same bytes each time."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings

from invoice_render import cost_report, lines_table, usage_report
from invoice_render.document import Document
from invoice_render.errors import RenderError
from invoice_render.xlsx import Sheet, workbook
from tests.invoice_render import report_factories as reports
from tests.invoice_render.factories import enterprise_euro
from tests.invoice_render.hostile import HOSTILE, planted
from tests.invoice_render.strategies import documents
from tests.invoice_render.workbooks import read

D = Decimal


def test_numbers_keep_every_digit_and_texts_stay_texts() -> None:
    row = ("=1+1", 12, D("1237.58"), D("0.00"), D("123456789012345"), date(2026, 10, 31), "")
    book = read(workbook(Sheet("costs", tuple("abcdefg"), [row])))
    head, cells = book.sheets["costs"]
    assert head == list("abcdefg")
    # 31 October 2026 is day 46326 of a spreadsheet's calendar
    assert cells == ["=1+1", D(12), D("1237.58"), D(0), D("123456789012345"), D(46326)]
    assert not book.has_formula


@pytest.mark.parametrize(
    "value",
    [
        10**15,
        -(10**20) - 1,
        D("0.1234567890123456"),
        D("1234567890123.456"),
        D("1e-31"),
        D("-12345678901234567.89"),
    ],
)
def test_what_a_spreadsheet_would_round_is_text(value: int | Decimal) -> None:
    book = read(workbook(Sheet("costs", ("value",), [(value,)])))
    assert book.sheets["costs"][1] == [format(value, "f")]


@pytest.mark.parametrize("text", [*HOSTILE, "<r>evil & <b></r>", "<r><t>bold</t></r>"])
def test_no_text_becomes_a_formula_or_leaves_its_cell(text: str) -> None:
    for form in (
        lines_table.workbook(planted(enterprise_euro(), text)),
        usage_report.xlsx(planted(reports.usage_report(), text)),
        cost_report.xlsx(planted(reports.cost_report(), text)),
    ):
        book = read(form)
        assert not book.has_formula
        assert text in [cell for rows in book.sheets.values() for row in rows for cell in row]


def test_each_table_of_a_usage_report_is_a_sheet() -> None:
    report = reports.usage_report()
    book = read(usage_report.xlsx(report))
    assert list(book.sheets) == ["meter", "outcome", "model", "project", "api_key", "day"]
    assert book.sheets["model"][0] == ["model", *usage_report.HEAD[2:-1]]
    assert [row[1] for row in book.sheets["model"][1:]] == [D(e.requests) for e in report.by_model]
    assert book.sheets["day"][1][0] == report.by_day[0].label


@settings(max_examples=15, deadline=None)
@given(document=documents())
def test_amounts_of_random_lines_come_back_exact(document: Document) -> None:
    rows = read(lines_table.workbook(document)).sheets["lines"][1:]
    place = lines_table.HEAD.index("amount")
    assert [D(str(row[place])) for row in rows] == [line.amount for line in document.lines]


def test_what_no_cell_or_sheet_can_hold_is_refused() -> None:
    with pytest.raises(RenderError, match="more letters than a cell"):
        workbook(Sheet("costs", ("text",), [("x" * 32_768,)]))
    with pytest.raises(RenderError, match="costs has more rows"):
        workbook(Sheet("costs", ("number",), ((number,) for number in range(1_048_577))))


def test_the_same_rows_are_the_same_bytes() -> None:
    document = enterprise_euro()
    assert lines_table.workbook(document) == lines_table.workbook(document)
