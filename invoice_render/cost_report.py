"""The cost report in every form: for finance, without keys, users or request ids.

Here: HTML, PDF, CSV and XLSX of one frozen report. Keep out: tokens and anything it does not hold.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time

from invoice_render.environment import environment
from invoice_render.formatting import minor
from invoice_render.pdf import compile_view
from invoice_render.report import CostReport
from invoice_render.tabular import Value, csv_text
from invoice_render.view.cost import cost_view
from invoice_render.xlsx import Sheet, workbook

HEAD = (
    "section",
    "label",
    "requests",
    "list_amount",
    "contracted_amount",
    "discount_amount",
    "net_amount",
    "currency",
)


def html(report: CostReport) -> str:
    """The report as one self-contained page."""
    return environment().get_template("html/report.html.j2").render(view=cost_view(report))


def pdf(report: CostReport) -> bytes:
    """The report as PDF/A-3b. Raises RenderError for a character without a glyph."""
    made_at = datetime.combine(report.period_last_day, time(), UTC)
    return compile_view("report", cost_view(report), made_at)


def csv(report: CostReport) -> str:
    """Cost by model and by project, then the total, under one head."""
    return csv_text(HEAD, _rows(report))


def xlsx(report: CostReport) -> bytes:
    """The same rows as a workbook with one sheet."""
    return workbook(Sheet("cost", HEAD, _rows(report)))


def _rows(report: CostReport) -> Iterable[tuple[Value, ...]]:
    sections = (
        ("model", report.by_model),
        ("project", report.by_project),
        ("total", (report.total,)),
    )
    for section, rows in sections:
        for row in rows:
            amounts = (
                row.list_amount,
                row.contracted_amount,
                row.discount_amount,
                row.net_amount,
            )
            plain_amounts = (minor(amount, report.minor_digits) for amount in amounts)
            yield (section, row.label, row.requests, *plain_amounts, report.currency)
