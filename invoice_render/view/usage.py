"""The view of the usage report.

Here: requests and meters by model, project, key and day, with bars of tokens. Keep out: amounts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from invoice_render.document import MeterCount
from invoice_render.formatting import Formats, formats_of
from invoice_render.messages import Messages, messages_of
from invoice_render.report import UsageReport, UsageRow
from invoice_render.text import plain
from invoice_render.view.parts import Cell, Column, Fact, Row, Table, name_column, row, table
from invoice_render.view.report import ReportBody, ReportView, bar_of, framed


def usage_view(report: UsageReport) -> ReportView:
    """What an engineering team understands at a glance; no amounts."""
    formats = formats_of(report.locale)
    writer = _UsageWriter(formats, messages_of(formats.locale))
    words = writer.messages.words
    body = ReportBody(
        tiles=(
            Fact(words["requests"], formats.count(report.requests)),
            Fact(words["requests_billed"], formats.count(report.requests_billed)),
        ),
        pair=(
            writer.counts("tokens", "meter", report.meters),
            writer.counts("outcomes", "outcome", _most_first(report.outcomes)),
        ),
        tables=(
            writer.rows("by_model", "model", _heaviest_first(report.by_model)),
            writer.rows("by_project", "project", _heaviest_first(report.by_project)),
            writer.rows("by_key", "key", _heaviest_first(report.by_key)),
            writer.rows("by_day", "day", report.by_day),
        ),
    )
    return framed("usage_report", report, body)


@dataclass(frozen=True)
class _UsageWriter:
    formats: Formats
    messages: Messages

    def counts(self, caption: str, label: str, counts: Sequence[MeterCount]) -> Table:
        words = self.messages.words
        name = self.messages.meter if label == "meter" else self.messages.reason
        rows = [
            row(plain(name(count.meter)), self.formats.count(count.quantity)) for count in counts
        ]
        columns = (name_column(words[label]), Column(words["quantity"]))
        return table(words[caption], columns, rows, note="" if rows else words["no_usage"])

    def rows(self, caption: str, label: str, usage: Sequence[UsageRow]) -> Table:
        words = self.messages.words
        has_units = any(item.other_units for item in usage)
        columns = (
            name_column(words[label]),
            Column(words["requests"]),
            Column(words["billed"]),
            Column(words["input_tokens"]),
            Column(words["output_tokens"]),
            *((Column(words["other_units"]),) if has_units else ()),
        )
        most = max((_weight(item) for item in usage), default=0)
        rows = [self._row(item, most, label, has_units=has_units) for item in usage]
        return table(words[caption], columns, rows, note="" if rows else words["no_usage"])

    def _row(self, item: UsageRow, most: int, label: str, *, has_units: bool) -> Row:
        name = _day(item.label, self.formats) if label == "day" else plain(item.label)
        counts = [item.requests, item.requests_billed, item.input_tokens, item.output_tokens]
        if has_units:
            counts.append(item.other_units)
        bar = bar_of(_weight(item), most)
        return (Cell(name, bar=bar), *(Cell(self.formats.count_or_dash(count)) for count in counts))


def _most_first(counts: Iterable[MeterCount]) -> list[MeterCount]:
    return sorted(counts, key=lambda count: count.quantity, reverse=True)


def _heaviest_first(usage: Iterable[UsageRow]) -> list[UsageRow]:
    return sorted(usage, key=_weight, reverse=True)


def _weight(item: UsageRow) -> int:
    return item.input_tokens + item.output_tokens or item.requests


def _day(label: str, formats: Formats) -> str:
    try:
        return formats.period(date.fromisoformat(label), date.fromisoformat(label))
    except ValueError:
        return plain(label)
