"""The two reports, each for its own audience."""

import csv
import io
import re
from decimal import Decimal
from typing import Any, get_args

from pydantic import BaseModel

from invoice_render import cost_report, usage_report
from invoice_render.report import CostReport, UsageReport
from tests.invoice_render import report_factories as reports
from tests.invoice_render.reading import Page, pdf_text

AMOUNT = re.compile(r"[€$£¥\uffe5]|\bEUR\b|\bUSD\b|\d[.,]\d{2}\b(?!\d)(?![.,]\d)")


def field_types(annotation: Any) -> set[type]:
    """Every type a model can hold, at any depth."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.values()
        return set().union(*(field_types(field.annotation) for field in fields))
    inner = get_args(annotation)
    if not inner:
        return {annotation}
    return set().union(*(field_types(part) for part in inner if part is not ...))


def field_names(model: type[BaseModel]) -> set[str]:
    """Every field name, at any depth."""
    names = set(model.model_fields)
    for field in model.model_fields.values():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                names |= field_names(part)
    return names


def test_the_usage_report_holds_no_amounts() -> None:
    report = reports.usage_report(locale="en_US")
    assert not {Decimal, float} & field_types(UsageReport)
    texts = (
        Page(usage_report.html(report)).text,
        pdf_text(usage_report.pdf(report)),
        usage_report.csv(report),
    )
    for text in texts:
        assert AMOUNT.search(text) is None


def test_the_search_for_amounts_finds_them_in_a_cost_report() -> None:
    report = reports.cost_report(locale="en_US")
    assert AMOUNT.search(Page(cost_report.html(report)).text)
    assert AMOUNT.search(pdf_text(cost_report.pdf(report)))
    assert AMOUNT.search(cost_report.csv(report))


def test_the_cost_report_knows_no_keys_users_or_request_ids() -> None:
    names = field_names(CostReport)
    assert not [name for name in names if re.search("key|user|request_id|token", name)]


def test_the_usage_report_shows_every_row() -> None:
    report = reports.usage_report()
    page, paper = Page(usage_report.html(report)).text, pdf_text(usage_report.pdf(report))
    for row in (*report.by_model, *report.by_project, *report.by_key):
        assert row.label in page
        assert row.label in paper
    for text in ("31.10.2026", "Vom Client abgebrochen", "959.493.451"):
        assert text in page
        assert text in paper


def test_the_cost_report_shows_every_row_and_the_total() -> None:
    report = reports.cost_report()
    page, paper = Page(cost_report.html(report)).text, pdf_text(cost_report.pdf(report))
    for text in ("3.781,31", "26.469,17 €", "834,47", "support-bot", "Beträge vor Steuer"):
        assert text in page
        assert text in paper


def test_the_usage_csv_has_every_row_in_its_section() -> None:
    report = reports.usage_report()
    rows = list(csv.DictReader(io.StringIO(usage_report.csv(report), newline="")))
    days = [row for row in rows if row["section"] == "day"]
    assert [row["label"] for row in days] == [row.label for row in report.by_day]
    assert [int(row["input_tokens"]) for row in days] == [row.input_tokens for row in report.by_day]
    meters = {row["label"]: row["quantity"] for row in rows if row["section"] == "meter"}
    assert meters["image"] == "4120"


def test_the_cost_csv_adds_up() -> None:
    text = cost_report.csv(reports.cost_report())
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    models = [Decimal(row["net_amount"]) for row in rows if row["section"] == "model"]
    totals = [Decimal(row["net_amount"]) for row in rows if row["section"] == "total"]
    assert [sum(models)] == totals


def test_a_report_without_usage_says_so() -> None:
    empty: dict[str, Any] = dict.fromkeys(
        ("meters", "outcomes", "by_model", "by_project", "by_key", "by_day"), ()
    )
    report = reports.usage_report(locale="en_GB").model_copy(update=empty)
    assert "No usage in this period." in Page(usage_report.html(report)).text
    assert "No usage in this period." in pdf_text(usage_report.pdf(report))
