"""What was used: requests, meters and models.

Here: the usage summary and the cost of each model. Keep out: discounts, taxes and lines.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from invoice_render.document import Document, ModelCost
from invoice_render.formatting import Formats
from invoice_render.messages import Messages
from invoice_render.text import plain
from invoice_render.view.parts import Column, Group, Row, Table, name_column, row, table


@dataclass(frozen=True)
class SummaryWriter:
    """Writes the summary of one document in its language."""

    document: Document
    formats: Formats
    messages: Messages

    def tables(self) -> tuple[Table, ...]:
        """Requests and, if any were counted, meters."""
        words, meters = self.messages.words, self.document.summary.meters
        columns = (name_column(words["meter"]), Column(words["quantity"]))
        counted = [
            row(self.messages.meter(count.meter), self.formats.count(count.quantity))
            for count in meters
        ]
        # A credit note gives back quantities; requests are counted on the month's invoice.
        has_requests = self.document.kind != "credit_note" and self.document.top_up is None
        requests = (self._requests(),) if has_requests else ()
        return (*requests, *((table(words["tokens"], columns, counted),) if counted else ()))

    def models(self) -> Iterable[Table]:
        """Cost by model before discounts; a document of fees alone has none."""
        if self.document.models or not self.document.lines:
            yield self._models()

    def _models(self) -> Table:
        words, document = self.messages.words, self.document
        has_units = any(model.other_units for model in document.models)
        columns = (
            name_column(words["model"]),
            Column(words["requests"]),
            Column(words["tokens"]),
            *((Column(words["other_units"]),) if has_units else ()),
            Column(f"{words['amount']} {document.currency}"),
        )
        rows = [
            row(
                self._name(model),
                self.formats.count_or_dash(model.requests),
                self.formats.count_or_dash(model.tokens),
                *((self.formats.count_or_dash(model.other_units),) if has_units else ()),
                self.formats.amount(model.amount),
            )
            for model in document.models
        ]
        foot = self._foot(len(columns)) if rows else ()
        note = "" if rows else words["no_usage"]
        return table(words["cost_by_model"], columns, rows, foot, note)

    def _name(self, model: ModelCost) -> str:
        if model.kind == "true_up":
            return self.messages.words["true_up"]
        return plain(model.display_name or model.model_id)

    def _foot(self, width: int) -> Row:
        label, amount = self.messages.words["subtotal"], self.document.totals.subtotal
        return row(label, *[""] * (width - 2), self.formats.amount(amount))

    def _requests(self) -> Table:
        words, summary = self.messages.words, self.document.summary
        billed = (
            row(words["requests"], self.formats.count(summary.requests)),
            row(words["requests_billed"], self.formats.count(summary.requests_billed)),
        )
        reasons = tuple(
            row(plain(self.messages.reason(count.meter)), self.formats.count(count.quantity))
            for count in summary.not_billed
        )
        groups = (Group(billed), *((Group(reasons, words["not_billed"]),) if reasons else ()))
        columns = (name_column(words["outcome"]), Column(words["quantity"]))
        return Table(words["requests"], columns, groups)
