"""The view of the cost report.

Here: cost by model and project, with bars of the net amount. Keep out: keys, users, request ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from invoice_render.formatting import Formats, formats_of
from invoice_render.messages import Messages, messages_of
from invoice_render.report import CostReport, CostRow
from invoice_render.text import plain
from invoice_render.view.parts import Cell, Column, Fact, Row, Table, name_column, table
from invoice_render.view.report import ReportBody, ReportView, bar_of, framed


def cost_view(report: CostReport) -> ReportView:
    """What finance understands at a glance; no keys, users or request ids."""
    formats = formats_of(report.locale, report.currency, report.minor_digits)
    writer = _CostWriter(formats, messages_of(formats.locale))
    words, total = writer.messages.words, report.total
    body = ReportBody(
        tiles=(
            Fact(words["list_amount"], formats.money(total.list_amount)),
            Fact(words["contracted_amount"], formats.money(total.contracted_amount)),
            Fact(words["discounts"], formats.money(total.discount_amount.copy_negate())),
            Fact(words["net_amount"], formats.money(total.net_amount), is_strong=True),
        ),
        pair=(),
        tables=(
            writer.rows("by_model", "model", report.by_model, total),
            writer.rows("by_project", "project", report.by_project, total),
        ),
        note=words["before_tax"],
    )
    return framed("cost_report", report, body)


@dataclass(frozen=True)
class _CostWriter:
    formats: Formats
    messages: Messages

    def rows(self, caption: str, label: str, costs: Sequence[CostRow], total: CostRow) -> Table:
        words = self.messages.words
        columns = (
            name_column(words[label]),
            Column(words["requests"]),
            Column(words["list_amount"]),
            Column(words["contracted_amount"]),
            Column(words["discounts"]),
            Column(f"{words['net_amount']} {self.formats.currency}"),
        )
        most = max((cost.net_amount for cost in costs), default=Decimal(0))
        rows = [self._row(cost, plain(cost.label), bar_of(cost.net_amount, most)) for cost in costs]
        foot = self._row(total, words["total"], 0) if rows else ()
        return table(words[caption], columns, rows, foot, "" if rows else words["no_usage"])

    def _row(self, cost: CostRow, label: str, bar: int) -> Row:
        amounts = (
            cost.list_amount,
            cost.contracted_amount,
            cost.discount_amount.copy_negate(),
            cost.net_amount,
        )
        return (
            Cell(label, bar=bar),
            Cell(self.formats.count_or_dash(cost.requests)),
            *(Cell(self.formats.amount(amount)) for amount in amounts),
        )
