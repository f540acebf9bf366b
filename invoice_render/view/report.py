"""The views of the usage report and the cost report.

Here: tiles and tables, with bars whose lengths are shares of the longest. Keep out: amounts in
the usage report; keys, users and request ids in the cost report.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoice_render.document import MeterCount
from invoice_render.formatting import Formats, formats_of
from invoice_render.messages import Messages, messages_of
from invoice_render.report import CostReport, CostRow, UsageReport, UsageRow
from invoice_render.text import plain
from invoice_render.view.parts import (
    Cell,
    Column,
    Fact,
    Row,
    Table,
    facts,
    name_column,
    row,
    table,
)

FULL_BAR = 1000


@dataclass(frozen=True, slots=True)
class ReportView:
    """Everything a report shows, in reading order."""

    language: str
    region: str
    title: str
    name: str
    organization: str
    facts: tuple[Fact, ...]
    tiles: tuple[Fact, ...]
    pair: tuple[Table, ...]
    tables: tuple[Table, ...]
    note: str
    contact: tuple[str, ...]
    page_of: str


def usage_view(report: UsageReport) -> ReportView:
    """What an engineering team understands at a glance; no amounts."""
    formats = formats_of(report.locale)
    writer = _UsageWriter(formats, messages_of(formats.locale))
    words = writer.messages.words
    tiles = [
        Fact(words["requests"], formats.count(report.requests)),
        Fact(words["requests_billed"], formats.count(report.requests_billed)),
    ]
    tables = (
        writer.rows("by_model", "model", report.by_model),
        writer.rows("by_project", "project", report.by_project),
        writer.rows("by_key", "key", report.by_key),
        writer.rows("by_day", "day", report.by_day),
    )
    pair = (
        writer.counts("tokens", "meter", report.meters),
        writer.counts("outcomes", "outcome", report.outcomes),
    )
    return _view("usage_report", report, writer.messages, (tuple(tiles), pair, tables, ""))


def cost_view(report: CostReport) -> ReportView:
    """What finance understands at a glance; no keys, users or request ids."""
    formats = formats_of(report.locale, report.currency, report.minor_digits)
    messages = messages_of(formats.locale)
    words, total = messages.words, report.total
    tiles = [
        Fact(words["net_amount"], formats.money(total.net_amount), is_strong=True),
        Fact(words["list_amount"], formats.money(total.list_amount)),
        Fact(words["contracted_amount"], formats.money(total.contracted_amount)),
        Fact(words["discounts"], formats.money(total.discount_amount)),
    ]
    writer = _CostWriter(formats, messages)
    tables = (
        writer.rows("by_model", "model", report.by_model, total),
        writer.rows("by_project", "project", report.by_project, total),
    )
    return _view("cost_report", report, messages, (tuple(tiles), (), tables, words["before_tax"]))


_Body = tuple[tuple[Fact, ...], tuple[Table, ...], tuple[Table, ...], str]


def _view(
    kind: str, report: UsageReport | CostReport, messages: Messages, body: _Body
) -> ReportView:
    formats = formats_of(report.locale)
    month = formats.month(report.billing_month)
    words = messages.words
    zone = report.zone if isinstance(report, UsageReport) else ""
    tiles, pair, tables, note = body
    return ReportView(
        language=messages.language,
        region=formats.locale.territory or "",
        title=words[kind],
        name=f"{words[kind]} {month}",
        organization=plain(report.organization_name),
        facts=facts(
            [
                (words["billing_month"], month),
                (
                    words["billing_period"],
                    formats.period(report.period_first_day, report.period_last_day),
                ),
                (words["time_zone"], zone),
            ]
        ),
        tiles=tiles,
        pair=pair,
        tables=tables,
        note=note,
        contact=(),
        page_of=words["page_of"],
    )


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
        bar = FULL_BAR * _weight(item) // most if most else 0
        return (Cell(name, bar=bar), *(Cell(self.formats.count(count)) for count in counts))


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
        rows = [self._row(cost, plain(cost.label), _share(cost.net_amount, most)) for cost in costs]
        foot = self._row(total, words["total"], 0) if rows else ()
        return table(words[caption], columns, rows, foot, "" if rows else words["no_usage"])

    def _row(self, cost: CostRow, label: str, bar: int) -> Row:
        amounts = (
            cost.list_amount,
            cost.contracted_amount,
            cost.discount_amount,
            cost.net_amount,
        )
        return (
            Cell(label, bar=bar),
            Cell(self.formats.count(cost.requests)),
            *(Cell(self.formats.amount(amount)) for amount in amounts),
        )


def _weight(item: UsageRow) -> int:
    return item.input_tokens + item.output_tokens or item.requests


def _share(amount: Decimal, most: Decimal) -> int:
    """The length of a bar; nothing printed depends on it."""
    return int(FULL_BAR * max(amount, Decimal(0)) / most) if most > 0 else 0


def _day(label: str, formats: Formats) -> str:
    try:
        return formats.period(date.fromisoformat(label), date.fromisoformat(label))
    except ValueError:
        return plain(label)
