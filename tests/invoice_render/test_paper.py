"""How the paper breaks over pages."""

import re

import pytest

from invoice_render import pdf, usage_report
from invoice_render.document import Document
from tests.invoice_render import report_factories as reports
from tests.invoice_render.documents import document_of
from tests.invoice_render.factories import enterprise_euro, subscription_fees
from tests.invoice_render.lines import MODELS, fee_line, usage_lines
from tests.invoice_render.reading import pdf_pages

LINE = re.compile(r"^(\d+) (?:Eingabe|Ausgabe)", re.MULTILINE)
DAY = re.compile(r"^\d\d\.10\.2026", re.MULTILINE)


def with_lines(count: int) -> Document:
    """An invoice of so many lines, in groups of six."""
    return document_of(usage_lines("1", 2, ("S", "0.19"))[:count])


@pytest.mark.parametrize("count", range(11, 73, 3))
def test_no_page_starts_or_ends_with_a_lone_line(count: int) -> None:
    pages = [LINE.findall(page) for page in pdf_pages(pdf.render(with_lines(count)))]
    assert [number for page in pages for number in page] == [str(n) for n in range(1, count + 1)]
    assert all(len(page) >= 2 for page in pages if page)


def test_line_details_start_where_there_is_room() -> None:
    pages = pdf_pages(pdf.render(enterprise_euro()))
    start = next(page for page in pages if "Einzelposten" in page)
    assert "Messgröße" in start
    assert len(LINE.findall(start)) > 6


def test_a_group_that_goes_on_says_so_and_shows_its_amount_once() -> None:
    document = enterprise_euro()
    pages = pdf_pages(pdf.render(document))
    goes_on = [page for page in pages if "Fortsetzung" in page]
    assert goes_on
    for page in goes_on:
        name = re.findall(r"^(.+?) +Fortsetzung$", page, re.MULTILINE)
        assert len(name) == 1
        assert name == [document.lines[int(LINE.findall(page)[0]) - 1].model_name]
        head = re.compile(rf"^{re.escape(name[0])} +[\d.]+,\d\d$", re.MULTILINE)
        assert len(head.findall("\n".join(pages))) == 1


def test_the_sums_stand_together_on_the_first_page_with_the_way_to_pay() -> None:
    document = document_of(usage_lines("1", 2, ("S", "0.19"), models=MODELS[:6]))
    first = pdf_pages(pdf.render(document))[0]
    for text in ("Zwischensumme", "Summe netto", "Gesamtbetrag", "Zu zahlen", "IBAN"):
        assert text in first


@pytest.mark.parametrize("count", range(8, 33))
def test_the_total_of_a_long_table_stays_with_its_rows(count: int) -> None:
    models = [(f"m-{n}", f"Model {n}", "1", "2") for n in range(count)]
    pages = pdf_pages(pdf.render(document_of(usage_lines("1", 2, ("S", "0.19"), models=models))))
    page = next(
        page for page in pages if re.search(r"^Zwischensumme [\d.]+,\d\d$", page, re.MULTILINE)
    )
    assert f"Model {count - 1} " in page.split("Zwischensumme")[0]


def test_few_lines_are_not_left_alone_on_a_page() -> None:
    fees = [fee_line(n, (f"m-{n}", f"Model {n}"), "10", ("O", "0")) for n in range(1, 11)]
    for document in (subscription_fees(), document_of(fees, locale="en_US")):
        pages = pdf_pages(pdf.render(document))
        details = next(page for page in pages if re.search("明细|Line details", page))
        assert re.search("计量项|结果|Outcome", details)


def test_the_days_of_a_report_keep_company() -> None:
    for models in range(1, 14):
        report = reports.usage_report()
        report = report.model_copy(update={"by_model": report.by_model[:models]})
        days = [DAY.findall(page) for page in pdf_pages(usage_report.pdf(report))]
        assert sum(map(len, days)) == 31
        assert all(len(page) >= 2 for page in days if page)
