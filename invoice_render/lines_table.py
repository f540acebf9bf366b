"""The lines of a document as tables: CSV and XLSX.

Here: one row per line, with what is needed to check its amount. Keep out: totals.
"""

from collections.abc import Iterable

from invoice_render import xlsx
from invoice_render.document import Document, Line
from invoice_render.formatting import minor
from invoice_render.tabular import Value, csv_text

HEAD = (
    "document",
    "line",
    "kind",
    "description",
    "service_month",
    "period_first_day",
    "period_last_day",
    "model_id",
    "model_name",
    "meter",
    "service_tier",
    "context_above_tokens",
    "quantity",
    "unit_price",
    "base_quantity",
    "amount",
    "currency",
    "tax_category",
    "tax_rate",
    "term_kind",
    "term_name",
    "term_step",
    "used_quantity",
)


def render(document: Document) -> str:
    """The lines: amount = quantity x unit_price / base_quantity within rounding."""
    return csv_text(HEAD, _rows(document))


def workbook(document: Document) -> bytes:
    """The same rows as a workbook with one sheet."""
    return xlsx.workbook(xlsx.Sheet("lines", HEAD, _rows(document)))


def _rows(document: Document) -> Iterable[tuple[Value, ...]]:
    for line in document.lines:
        yield (document.number, *_row(line, document))


def _row(line: Line, document: Document) -> tuple[Value, ...]:
    return (
        line.number,
        line.kind,
        line.description,
        line.service_month,
        line.period_first_day,
        line.period_last_day,
        line.model_id,
        line.model_name,
        line.meter,
        line.service_tier,
        line.context_above_tokens,
        line.quantity,
        line.unit_price,
        line.base_quantity,
        minor(line.amount, document.minor_digits),
        document.currency,
        line.tax_category,
        line.tax_rate,
        *_term(line),
    )


def _term(line: Line) -> tuple[Value, ...]:
    """Why the line is free or which step prices it; usage differs where packages are charged."""
    term = line.term
    if term is None:
        return ("", "", "", line.quantity)
    used = line.quantity if term.used_quantity is None else term.used_quantity
    return (term.kind, term.name, term.step or "", used)
