"""The usage report in every form: for engineers, without any amount.

Here: HTML, PDF, CSV and XLSX of one frozen report. Keep out: money.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time

from invoice_render.environment import environment
from invoice_render.pdf import compile_view
from invoice_render.report import UsageReport
from invoice_render.tabular import Value, csv_text
from invoice_render.view.usage import usage_view
from invoice_render.xlsx import Sheet, workbook

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


def xlsx(report: UsageReport) -> bytes:
    """The same tables as a workbook, a sheet for each."""
    counted = [Sheet(name, (name, "quantity"), rows) for name, rows in _counts(report)]
    used = [Sheet(name, (name, *HEAD[2:-1]), rows) for name, rows in _uses(report)]
    return workbook(*counted, *used)


def _rows(report: UsageReport) -> Iterable[tuple[Value, ...]]:
    for section, counts in _counts(report):
        for label, quantity in counts:
            yield (section, label, "", "", "", "", "", quantity)
    for section, rows in _uses(report):
        for row in rows:
            yield (section, *row, "")


def _counts(report: UsageReport) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    for section, counts in (("meter", report.meters), ("outcome", report.outcomes)):
        yield section, [(count.meter, count.quantity) for count in counts]


def _uses(report: UsageReport) -> Iterator[tuple[str, list[tuple[Value, ...]]]]:
    sections = (
        ("model", report.by_model),
        ("project", report.by_project),
        ("api_key", report.by_key),
        ("day", report.by_day),
    )
    for section, rows in sections:
        yield (
            section,
            [
                (
                    row.label,
                    row.requests,
                    row.requests_billed,
                    row.input_tokens,
                    row.output_tokens,
                    row.other_units,
                )
                for row in rows
            ],
        )
