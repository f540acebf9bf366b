"""Which documents an organization gets in a month, and its prepaid movements.

Here: one document per way of paying, the credit notes, the empty document a profile asks for, and the entries
of a prepaid balance. Add a way of paying here. Keep out: rounding (`documents`) and reading
the warehouse.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from billing.audit import audited_tables as audited
from billing.audit.catalog_rows import CatalogFiles
from billing.audit.documents import round_document
from billing.audit.expected import Expected, expect_document
from billing.audit.fees import fee_lines
from billing.audit.given_back import CONTRACT, as_given_back
from billing.audit.lines import MODE_OF_PAYER, PREPAID, DocumentName, Line, usage_lines
from billing.audit.local_time import month_bounds
from billing.audit.rating import Charge, total
from billing.audit.rounding import CONTEXT, digits_of
from billing.audit.tax import UNTAXED_STATEMENT, Tax, TaxBook
from billing.audit.terms import Terms

MODE_OF_KEY = {
    "contract": "enterprise",
    "balance": PREPAID,
    "plan": "subscription",
    "custom": "subscription",
}


@dataclass(frozen=True)
class Statements:
    """Lays out the documents of one month; `openings` are balances by organization."""

    files: CatalogFiles
    month: date
    openings: dict[str, Decimal]

    def expect(
        self,
        expected: Expected,
        terms: Terms,
        charges: Sequence[Charge],
        adjustments: Mapping[DocumentName, Sequence[Line]],
    ) -> None:
        """Expect every document and entry of one organization.

        Raises MeterbookError when the organization's tax cannot be found.
        """
        documents = dict(self._usage(terms, charges))
        fees = self._fees(terms)
        if fees:
            documents[DocumentName("subscription")] = fees
        for name, lines in adjustments.items():
            documents[name] = [*documents.get(name, ()), *lines]
        if all(name.corrects for name in documents) and terms.profile.invoice_when_empty:
            documents[DocumentName(self._usual_mode(terms))] = []
        totals = {
            name: self._document(expected, terms, name, lines) for name, lines in documents.items()
        }
        self._prepaid(expected, terms, totals.get(DocumentName(PREPAID), Decimal(0)))

    def _usage(
        self, terms: Terms, charges: Sequence[Charge]
    ) -> Iterator[tuple[DocumentName, list[Line]]]:
        """Yield the usage lines of each document: ways of paying, then credit notes."""
        for payer, mode in MODE_OF_PAYER.items():
            own = [row for row in charges if row.key.payer == payer and not row.corrects]
            if own:
                yield DocumentName(mode), self._lines(terms, mode, own)
        for month in sorted({row.corrects for row in charges if row.corrects}):
            own = as_given_back([row for row in charges if row.corrects == month])
            mode = MODE_OF_PAYER[CONTRACT]
            yield DocumentName(mode, month), self._lines(terms, mode, own)

    def _lines(self, terms: Terms, mode: str, charges: Sequence[Charge]) -> list[Line]:
        months = {charge.key.stretch.service_month for charge in charges}
        taxes = {
            month: UNTAXED_STATEMENT if mode == PREPAID else self.tax_of(terms, month)
            for month in months
        }
        return usage_lines(charges, terms.profile.zone, taxes)

    def tax_of(self, terms: Terms, month: date) -> Tax:
        """Return the tax of an organization's usage. Raises MeterbookError without one."""
        return TaxBook(self.files).find(terms.profile.tax_treatment_id, month)

    def _document(
        self, expected: Expected, terms: Terms, name: DocumentName, lines: Sequence[Line]
    ) -> Decimal:
        document = round_document(lines, digits_of(terms.profile.currency), terms)
        net = total(line.net for line in lines)
        return expect_document(expected, terms.profile, name, document, net)

    def _fees(self, terms: Terms) -> list[Line]:
        organization_id = terms.profile.organization_id
        if not any(row.organization_id == organization_id for row in self.files.subscriptions):
            return []
        tax = TaxBook(self.files).find(terms.profile.tax_treatment_id, self.month)
        return fee_lines(self.files, organization_id, self.month, tax)

    def _usual_mode(self, terms: Terms) -> str:
        payers = {
            payer
            for organization_id, payer in self.files.key_payers
            if organization_id == terms.profile.organization_id
        }
        modes = sorted(MODE_OF_KEY[payer] for payer in payers)
        return modes[0] if modes else "enterprise"

    def _prepaid(self, expected: Expected, terms: Terms, consumed: Decimal) -> None:
        """Expect opening + top-ups - consumption = closing, leaving out entries of zero."""
        profile = terms.profile
        starts_at, ends_at = month_bounds(self.month, profile.zone)
        opening = self.openings.get(profile.organization_id, Decimal(0))
        top_ups = [
            row
            for row in self.files.top_ups
            if row.organization_id == profile.organization_id
            and starts_at <= row.occurred_at < ends_at
        ]
        paid = total(row.amount for row in top_ups)
        closing = CONTEXT.subtract(CONTEXT.add(opening, paid), consumed)
        entries: list[tuple[str, datetime | None, Decimal]] = [
            ("opening", None, opening),
            *(("top_up", row.occurred_at, row.amount) for row in top_ups),
            ("consumption", None, -consumed),
            ("closing", None, closing),
        ]
        for kind, at, amount in entries:
            if amount:
                key = (profile.organization_id, kind, at)
                expected.add(audited.PREPAID, key, (amount, profile.currency))
