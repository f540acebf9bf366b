"""What plans charge beyond what they include, and give back where earlier months charged more.

Here: the lines of overages of one month, from the rollup and the catalog files. Keep out: fees
(`fees`), calendar (`overage_parts`) and the rounding of documents.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb

from billing.audit.books_snapshot import InvoiceKey
from billing.audit.catalog_rows import CatalogFiles, by_organization
from billing.audit.given_back import read_corrections
from billing.audit.late_files import months_that_billed
from billing.audit.lines import TOKENS_PER_PRICE, Line, LineKey
from billing.audit.overage_parts import Part, parts_of
from billing.audit.overage_rows import PlanOverage
from billing.audit.overage_usage import Used, read_used
from billing.audit.rounding import CONTEXT
from billing.audit.tax import Tax
from billing.audit.windows import Window

SUBSCRIPTION = "subscription"
METERS = {"tokens": "token", "requests": "request", "generations": "generation"}
GENERATING = ("image", "video")


@dataclass(frozen=True, slots=True)
class Overage:
    """What a month charges of a part, or below zero gives back of the document `corrects`."""

    part: Part
    terms: PlanOverage
    difference: int
    corrects: date


@dataclass
class Overages:
    """The overages of one month; `invoices` are those that notes may correct."""

    connection: duckdb.DuckDBPyConnection
    files: CatalogFiles
    month: date
    invoices: Iterable[InvoiceKey]
    found: dict[str, list[Overage]] = field(default_factory=dict)

    def prepare(self, windows: Sequence[Window]) -> None:
        """Find the overages of the organizations of some windows, and forget earlier ones."""
        self.found = {}
        plans = {terms.plan_id for terms in self.files.plan_overages}
        if not plans:
            return
        sold = by_organization(self.files.subscriptions)
        parts = [
            part
            for window in windows
            for part in parts_of(
                sold.get(window.organization_id, ()),
                self.files.profiles[window.organization_id].zone,
                window,
            )
            if part.own.plan_id in plans
        ]
        ended = {(part.window.organization_id, part.window.service_month) for part in parts}
        marks = months_that_billed(self.connection, ended)
        documents = read_corrections(self.connection, self.month).documents
        for part, used in zip(parts, read_used(self.connection, parts), strict=True):
            for terms in self.files.plan_overages:
                if terms.plan_id == part.own.plan_id and terms.unit_price:
                    self._add(part, terms, used, marks, documents)

    def lines_of(
        self, organization_id: str, tax_of: Callable[[date], Tax]
    ) -> dict[date, list[Line]]:
        """Return an organization's lines by the month whose document they are about, in order."""
        lines: dict[date, list[Line]] = {}
        for overage in sorted(self.found.get(organization_id, ()), key=_order):
            ended_in = overage.part.window.service_month
            lines.setdefault(overage.corrects, []).append(_line(overage, tax_of(ended_in)))
        return lines

    def _add(
        self,
        part: Part,
        terms: PlanOverage,
        used: Sequence[Used],
        marks: Mapping[tuple[str, date], Sequence[tuple[date, int]]],
        documents: Mapping[tuple[str, str, date], date],
    ) -> None:
        owner, ended_in = part.window.organization_id, part.window.service_month
        included = (2 * terms.included * part.days + part.length) // (2 * part.length)
        counted = [row for row in used if terms.model_id in {"", row.model_id}]
        if terms.counted == "generations":
            counted = [row for row in counted if self._generates(row.model_id)]
        charged: list[tuple[date, int]] = []
        for billed_in, sequence in marks[owner, ended_in]:
            if billed_in < self.month:
                over = _over(counted, terms.counted, sequence, included)
                _bill(charged, billed_in, over)
        before = list(charged)
        _bill(
            charged, self.month, _over(counted, terms.counted, part.window.up_to_sequence, included)
        )
        differences: dict[date, int] = {}
        for billed_in, change in _changes(before, charged):
            corrects: date | None = billed_in
            if billed_in != self.month and (owner, SUBSCRIPTION, billed_in) not in self.invoices:
                corrects = documents.get((owner, SUBSCRIPTION, ended_in))
            if corrects is not None:
                differences[corrects] = differences.get(corrects, 0) + change
        for corrects_month, difference in sorted(differences.items()):
            overage = Overage(part, terms, difference, corrects_month)
            self.found.setdefault(owner, []).append(overage)

    def _generates(self, model_id: str) -> bool:
        model = self.files.models.get(model_id)
        return model is not None and model.modality in GENERATING


def _bill(charged: list[tuple[date, int]], month: date, over: int) -> None:
    """Let `month` charge what is beyond now, or take what is too much off the newest charges."""
    too_much = sum(quantity for _, quantity in charged) - over
    if too_much < 0:
        charged.append((month, -too_much))
    while too_much > 0:
        last, quantity = charged.pop()
        if quantity > too_much:
            charged.append((last, quantity - too_much))
        too_much -= min(quantity, too_much)


def _changes(
    before: Sequence[tuple[date, int]], after: Sequence[tuple[date, int]]
) -> Iterator[tuple[date, int]]:
    """What a month does to each month's charge: its own above zero, others' below."""
    old, new = dict(before), dict(after)
    for month in sorted({*old, *new}):
        change = new.get(month, 0) - old.get(month, 0)
        if change:
            yield month, change


def _over(rows: Sequence[Used], counted: str, sequence: int, included: int) -> int:
    """Return what was used beyond the included quantity in files up to `sequence`."""
    used = sum(row.of(counted) for row in rows if row.sequence <= sequence)
    return max(used - included, 0)


def _order(overage: Overage) -> tuple[object, ...]:
    part, terms = overage.part, overage.terms
    own = (part.first, part.own.subscription_id, part.window.service_month)
    return (*own, terms.model_id, METERS[terms.counted])


def _line(overage: Overage, tax: Tax) -> Line:
    part, terms, quantity = overage.part, overage.terms, abs(overage.difference)
    amount = CONTEXT.multiply(terms.unit_price, quantity)
    meter, priced_by = METERS[terms.counted], ("", "", "", "", 0)
    of_what = (terms.model_id, meter, "", 0, None)
    key = LineKey(
        "plan_overage",
        part.window.service_month,
        *of_what,
        *priced_by,
        part.own.plan_id,
        part.first,
    )
    base = TOKENS_PER_PRICE if terms.counted == "tokens" else 1
    prices = (terms.unit_price, base, amount, amount)
    return Line(key, part.last, "", quantity, quantity, *prices, tax)
