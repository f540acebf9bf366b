"""From the subtotal to the amount due, and the balance of a statement.

Here: discounts, credits, taxes, totals and balances, as frozen. Keep out: adding anything up.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from invoice_render.document import CREDITS, Allowance, Credit, Document, TaxGroup
from invoice_render.formatting import NONE, Formats
from invoice_render.messages import Messages
from invoice_render.prepaid import BalanceEntry
from invoice_render.text import plain
from invoice_render.view.parts import Cell, Column, Fact, Row, Table, name_column, row, table

OUTSIDE_SCOPE = "O"
UNTAXED = ("statement", "top_up_receipt")
"""What is no tax invoice, though its lines have a category: O."""
NOTE_WORDS = {"maximum": "never_billed", "minimum": "stays_due"}
"""Why a credit note gives back less than its lines."""


@dataclass(frozen=True)
class SumWriter:
    """Writes the sums of one document in its language."""

    document: Document
    formats: Formats
    messages: Messages

    def balance(self) -> Table | None:
        """Opening, movements and closing of a prepaid balance; None without one."""
        balance, words = self.document.balance, self.messages.words
        if balance is None:
            return None
        rows = [
            row(words["opening_balance"], self.formats.amount(balance.opening)),
            *map(self._entry, balance.entries),
        ]
        columns = (name_column(words["description"]), self._amount_column())
        foot = row(words["closing_balance"], self.formats.amount(balance.closing))
        return table(words["balance"], columns, rows, foot)

    def discounts_and_taxes(self) -> Iterable[Table]:
        """The tables between the models and the totals; what is no tax invoice shows no taxes."""
        if self.document.allowances:
            yield self._discounts()
        if self.document.credits:
            yield self._credits()
        if self.document.kind not in UNTAXED and self.document.taxes:
            yield self._taxes()

    def totals(self) -> tuple[Fact, ...]:
        """The column of sums; the last one is the strong one."""
        words, sums = self.messages.words, self.document.totals
        is_statement = self.document.kind == "statement"
        if self.document.kind == "top_up_receipt":
            return (Fact(words["amount_received"], self.formats.money(sums.total), True),)
        rows = [Fact(words["subtotal"], self.formats.money(sums.subtotal))]
        if sums.discount:
            rows.append(Fact(words["discounts"], self.formats.money(sums.discount.copy_negate())))
        if not is_statement or sums.tax:
            rows.append(Fact(words["total_before_tax"], self.formats.money(sums.taxable)))
            rows.append(Fact(words["tax"], self.formats.money(sums.tax)))
        if is_statement:
            return (*rows, Fact(words["consumption"], self.formats.money(sums.total), True))
        rows.append(Fact(words["total"], self.formats.money(sums.total)))
        is_note = self.document.kind == "credit_note"
        is_of_balance = self.document.is_usage_of_balance
        if is_note and is_of_balance:
            return (*rows, Fact(words["to_balance"], self.formats.money(sums.prepaid), True))
        if sums.prepaid:
            paid = words["from_balance" if is_of_balance else "prepaid"]
            rows.append(Fact(paid, self.formats.money(sums.prepaid.copy_negate())))
        due = words["amount_credited" if is_note else "amount_due"]
        return (*rows, Fact(due, self.formats.money(sums.amount_due), True))

    def _discounts(self) -> Table:
        words = self.messages.words
        columns = (
            name_column(words["discount"]),
            Column(words["rate"]),
            Column(f"{words['base_amount']} {self.document.currency}"),
            self._amount_column(),
        )
        rows = list(map(self._discount, self.document.allowances))
        foot = row(
            words["discounts"],
            "",
            "",
            self.formats.amount(self.document.totals.discount.copy_negate()),
        )
        return table(words["discounts"], columns, rows, foot)

    def _discount(self, allowance: Allowance) -> Row:
        words = self.messages.words
        base = Cell(self.formats.amount(allowance.base_amount))
        taken = Cell(self.formats.amount(allowance.amount.copy_negate()))
        if allowance.kind == "percent":
            rate = Cell(self.formats.percent(allowance.pct))
            return (Cell(plain(allowance.name)), rate, base, taken)
        kind = words[allowance.kind]
        if allowance.kind in CREDITS:
            name = Cell(plain(allowance.name), kind)
        elif self.document.kind == "credit_note" and allowance.kind in NOTE_WORDS:
            name = Cell(kind, words[NOTE_WORDS[allowance.kind]])
        else:
            name = Cell(kind)
        return (name, Cell(""), base, taken)

    def _credits(self) -> Table:
        words, currency = self.messages.words, self.document.currency
        columns = (
            name_column(words["credit"]),
            Column(f"{words['available']} {currency}"),
            Column(f"{words['used']} {currency}"),
            Column(f"{words['left']} {currency}"),
        )
        return table(words["credits"], columns, map(self._credit, self.document.credits))

    def _credit(self, credit: Credit) -> Row:
        words = self.messages.words
        notes = [words[credit.kind]]
        if credit.last_day is not None:
            notes.append(words["valid_until"].format(day=self.formats.day(credit.last_day)))
        left = self.formats.amount(credit.left) if credit.repeats == "once" else NONE
        return (
            Cell(plain(credit.name), " · ".join(notes)),
            Cell(self.formats.amount(credit.available)),
            Cell(self.formats.amount(credit.used)),
            Cell(left),
        )

    def _taxes(self) -> Table:
        words, currency = self.messages.words, self.document.currency
        columns = (
            name_column(words["tax"]),
            *((Column(words["rate"]),) if self._has_rates else ()),
            Column(f"{words['taxable_amount']} {currency}"),
            Column(f"{words['tax_amount']} {currency}"),
        )
        return table(words["tax_summary"], columns, map(self._tax, self.document.taxes))

    @property
    def _has_rates(self) -> bool:
        return any(group.category != OUTSIDE_SCOPE for group in self.document.taxes)

    def _tax(self, group: TaxGroup) -> Row:
        name = self.messages.tax(group.category)
        rate = self.formats.percent(group.rate) if group.category != OUTSIDE_SCOPE else ""
        return (
            Cell(name, plain(self.messages.exemption(group.category, group.exemption_reason))),
            *((Cell(rate),) if self._has_rates else ()),
            Cell(self.formats.amount(group.taxable_amount)),
            Cell(self.formats.amount(group.tax_amount)),
        )

    def _entry(self, entry: BalanceEntry) -> Row:
        label = self.messages.words[entry.kind]
        notes = (self.formats.day(entry.day), plain(entry.reference))
        note = " · ".join(note for note in notes if note)
        return (Cell(label, note), Cell(self.formats.amount(entry.amount)))

    def _amount_column(self) -> Column:
        return Column(f"{self.messages.words['amount']} {self.document.currency}")
