"""Which documents an organization gets in a month, and its prepaid movements.

Here: one document per way of paying, the credit notes, the empty document a profile asks for, and the entries
of a prepaid balance. Add a way of paying here. Keep out: rounding (`documents`) and reading
the warehouse.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from billing.audit import audited_tables as audited
from billing.audit.catalog_rows import CatalogFiles
from billing.audit.documents import round_document
from billing.audit.expected import PREPAID, DocumentName, Expected, expect_document
from billing.audit.fees import fee_lines
from billing.audit.given_back import CONTRACT, as_given_back
from billing.audit.lines import Line, usage_lines
from billing.audit.local_time import month_bounds
from billing.audit.rating import Charge, total
from billing.audit.rounding import CONTEXT, digits_of
from billing.audit.tax import UNTAXED_STATEMENT, TaxBook
from billing.audit.terms import Terms

MODE_OF_PAYER = {"contract": "enterprise", "balance": PREPAID}
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

    def expect(self, expected: Expected, terms: Terms, charges: Sequence[Charge]) -> None:
        """Expect every document and entry of one organization.

        Raises MeterbookError when the organization's tax cannot be found.
        """
        totals = {
            mode: self._usage_document(expected, terms, DocumentName(mode), own)
            for payer, mode in MODE_OF_PAYER.items()
            if (own := [row for row in charges if row.key.payer == payer and not row.corrects])
        }
        for month in sorted({row.corrects for row in charges if row.corrects}):
            own = as_given_back([row for row in charges if row.corrects == month])
            name = DocumentName(MODE_OF_PAYER[CONTRACT], month)
            self._usage_document(expected, terms, name, own)
        fees = self._fees(terms)
        if fees:
            net = total(line.exact for line in fees)
            name = DocumentName("subscription")
            totals["subscription"] = self._document(expected, terms, name, (fees, net))
        if not totals and terms.profile.invoice_when_empty:
            name = DocumentName(self._usual_mode(terms))
            self._document(expected, terms, name, ([], Decimal(0)))
        self._prepaid(expected, terms, totals.get(PREPAID, Decimal(0)))

    def _usage_document(
        self, expected: Expected, terms: Terms, name: DocumentName, charges: Sequence[Charge]
    ) -> Decimal:
        months = {charge.key.stretch.service_month for charge in charges}
        book, treatment_id = TaxBook(self.files), terms.profile.tax_treatment_id
        taxes = {
            month: UNTAXED_STATEMENT
            if name.payment_mode == PREPAID
            else book.find(treatment_id, month)
            for month in months
        }
        lines = usage_lines(charges, terms.profile.zone, taxes)
        net = total(charge.net_amount for charge in charges)
        return self._document(expected, terms, name, (lines, net))

    def _document(
        self,
        expected: Expected,
        terms: Terms,
        name: DocumentName,
        content: tuple[Sequence[Line], Decimal],
    ) -> Decimal:
        lines, net = content
        document = round_document(lines, digits_of(terms.profile.currency), terms)
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
