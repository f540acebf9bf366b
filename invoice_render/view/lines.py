"""The line details: what was used, how much, at which price.

Here: lines grouped by model, fees alone in one list, each with the note that tells it from its
neighbours. Keep out: totals and taxes.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from invoice_render.document import Document, Line
from invoice_render.formatting import Formats, decimals
from invoice_render.messages import Messages
from invoice_render.text import plain
from invoice_render.view.line_terms import term_notes
from invoice_render.view.parts import Cell, Column, Group, Row, Table

TOKEN_BASE = 1_000_000
DATED = ("plan_fee", "plan_overage", "item_fee", "top_up")
"""What is told apart by its period, which is always shown."""


@dataclass(frozen=True)
class LineWriter:
    """Writes the lines of one document in its language."""

    document: Document
    formats: Formats
    messages: Messages

    def table(self) -> Table:
        """Every line, in order, under its model."""
        words = self.messages.words
        columns = (
            Column(words["line"]),
            Column(words["description"], "start", is_wide=True, has_notes_beside=True),
            Column(words["quantity"]),
            Column(words["unit_price"], note=self._common_unit),
            Column(f"{words['amount']} {self.document.currency}"),
        )
        return Table(words["line_details"], columns, tuple(self._groups()))

    @cached_property
    def _has_usage(self) -> bool:
        return any(line.kind in ("usage", "adjustment") for line in self.document.lines)

    @cached_property
    def _common_unit(self) -> str:
        """What most prices are for: the head says it, the lines say what differs."""
        return Counter(map(self._unit, self.document.lines)).most_common(1)[0][0]

    @cached_property
    def _common_decimals(self) -> int:
        """Prices of the common unit stand with their decimal points below each other."""
        prices = (x.unit_price for x in self.document.lines if self._unit(x) == self._common_unit)
        return max(map(decimals, prices))

    def _groups(self) -> Iterable[Group]:
        if not self._has_usage:
            yield Group(tuple(map(self._row, self.document.lines)))
            return
        amounts = {model.model_id: model.amount for model in self.document.models}
        for (_, name), lines in groupby(self.document.lines, key=_group_key):
            rows = tuple(lines)
            title = plain(name) or self.messages.words[_title_of(rows[0])]
            yield Group(tuple(map(self._row, rows)), title, self._group_amount(rows, amounts))

    def _group_amount(self, lines: tuple[Line, ...], amounts: dict[str, Decimal]) -> str:
        model_id = lines[0].model_id
        everywhere = [line for line in self.document.lines if line.model_id == model_id]
        if (
            lines[0].kind not in ("usage", "adjustment")
            or model_id not in amounts
            or len(everywhere) != len(lines)
        ):
            return ""
        return self.formats.amount(amounts[model_id])

    def _row(self, line: Line) -> Row:
        return (
            Cell(self.formats.count(line.number)),
            Cell(self._name(line), self._note(line)),
            Cell(self.formats.count(line.quantity)),
            self._price(line),
            Cell(self.formats.amount(line.amount)),
        )

    def _price(self, line: Line) -> Cell:
        has_common_unit = self._unit(line) == self._common_unit
        least_decimals = self._common_decimals if has_common_unit else 2
        return Cell(self.formats.price(line.unit_price, least_decimals))

    def _name(self, line: Line) -> str:
        if line.kind == "adjustment":
            return f"{self.messages.words['adjustment']} · {self.messages.meter(line.meter)}"
        if line.kind == "usage" and line.meter:
            return self.messages.meter(line.meter)
        if line.kind == "true_up":
            return self.messages.words["true_up"]
        if line.kind == "top_up":
            is_note = self.document.kind == "credit_note"
            return self.messages.words["top_up_refunded" if is_note else "top_up_of_balance"]
        if line.kind != "usage" and line.model_name:
            fee = self.messages.words[line.kind]
            if line.kind == "plan_overage":
                fee += f" · {self.messages.meter(line.meter)}"
            return fee if self._has_usage else f"{plain(line.model_name)} · {fee}"
        return plain(line.description)

    def _note(self, line: Line) -> str:
        words = self.messages.words
        unit = self._unit(line)
        notes: list[str] = [unit] if unit and unit != self._common_unit else []
        notes += term_notes(line.term, self.formats, self.messages)
        if line.service_tier not in ("", "default"):
            notes.append(words["service_tier"].format(tier=plain(line.service_tier)))
        if line.context_above_tokens:
            above = self.formats.count(line.context_above_tokens)
            notes.append(words["context_above"].format(tokens=above))
        notes += self._price_notes(line)
        if line.service_month != self.document.billing_month and line.kind not in DATED:
            notes.append(words["usage_of"].format(month=self.formats.month(line.service_month)))
        if self._has_own_period(line):
            notes.append(self.formats.period(line.period_first_day, line.period_last_day))
        return " · ".join(notes)

    def _price_notes(self, line: Line) -> Iterable[str]:
        words = self.messages.words
        if line.region:
            yield words["region"].format(region=plain(line.region))
        if line.hours:
            days = self.formats.weekdays(line.weekdays.split())
            yield plain(f"{days} {line.hours}").strip()
        if line.off_pct:
            yield words["list_price_off"].format(percent=self.formats.percent(line.off_pct))

    def _has_own_period(self, line: Line) -> bool:
        whole = (self.document.period_first_day, self.document.period_last_day)
        if line.kind == "adjustment":
            return False
        return line.kind != "usage" or (line.period_first_day, line.period_last_day) != whole

    def _unit(self, line: Line) -> str:
        units, per = self.messages.units, self.messages.words["per"]
        if line.kind in ("adjustment", "true_up", "top_up") or (
            line.term and line.term.kind == "days"
        ):
            return ""
        if line.kind in ("plan_fee", "item_fee"):
            return f"{per} {units['month']}"
        if line.base_quantity == TOKEN_BASE:
            return f"{per} {self.formats.count(TOKEN_BASE)} {units['tokens']}"
        unit = units.get(line.meter) or self.messages.meter(line.meter)
        if line.base_quantity == 1:
            return f"{per} {unit}"
        return f"{per} {self.formats.count(line.base_quantity)} {unit}"


def _title_of(line: Line) -> str:
    return "minimum" if line.kind == "true_up" else "fees"


def _group_key(line: Line) -> tuple[str, str]:
    return (line.model_id, line.model_name or line.model_id)
