"""The usage report in every form: for engineers, without any amount.

Here: HTML, PDF and CSV of one frozen report. Keep out: money.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time

from invoice_render.environment import environment
from invoice_render.pdf import compile_view
from invoice_render.report import UsageReport
from invoice_render.tabular import Value, csv_text
from invoice_render.view.usage import usage_view

HEAD = (
    "section",
    "label",
    "requests",
    "requests_billed",
    "input_tokens",
    "output_tokens",
    "other_units",
    "quantity",
)


def html(report: UsageReport) -> str:
    """The report as one self-contained page."""
    return environment().get_template("html/report.html.j2").render(view=usage_view(report))


def pdf(report: UsageReport) -> bytes:
    """The report as PDF/A-3b. Raises RenderError for a character without a glyph."""
    made_at = datetime.combine(report.period_last_day, time(), UTC)
    return compile_view("report", usage_view(report), made_at)


def csv(report: UsageReport) -> str:
    """Every table of the report under one head; `quantity` is filled for meters and outcomes."""
    return csv_text(HEAD, _rows(report))


def _rows(report: UsageReport) -> Iterable[tuple[Value, ...]]:
    for section, counts in (("meter", report.meters), ("outcome", report.outcomes)):
        for count in counts:
            yield (section, count.meter, "", "", "", "", "", count.quantity)
    sections = (
        ("model", report.by_model),
        ("project", report.by_project),
        ("api_key", report.by_key),
        ("day", report.by_day),
    )
    for section, rows in sections:
        for row in rows:
            yield (
                section,
                row.label,
                row.requests,
                row.requests_billed,
                row.input_tokens,
                row.output_tokens,
                row.other_units,
                "",
            )
