"""Which documents an organization gets in a month, and its prepaid movements.

Here: one document per way of paying, the credit notes, which no credit or bound touches, the
empty document a profile asks for, and the entries of a prepaid balance. Add a way of paying
here. Keep out: rounding (`documents`) and reading the warehouse.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property, partial

from billing.audit.books_snapshot import Snapshot
from billing.audit.catalog_rows import (
    CatalogFiles,
    Credit,
    Subscription,
    by_organization,
)
from billing.audit.credits import grants_of
from billing.audit.documents import Document, round_document
from billing.audit.expected import Expected, expect_bounds, expect_document, expect_uses
from billing.audit.fees import fees_of
from billing.audit.given_back import as_given_back
from billing.audit.lines import MODE_OF_PAYER, PREPAID, DocumentName, Line, usage_lines
from billing.audit.overages import Overages
from billing.audit.prepaid import Balances, Consumed, deducted
from billing.audit.rating import Charge, total
from billing.audit.rounding import CONTEXT, digits_of, from_minor
from billing.audit.settling import ENTERPRISE, NOTHING, Account, settle
from billing.audit.settling_notes import settle_note
from billing.audit.spend import bounds_of
from billing.audit.tax import UNTAXED_STATEMENT, Tax, TaxBook
from billing.audit.terms import Terms
from billing.audit.top_up_documents import TopUpBook

SUBSCRIPTION = "subscription"
MODE_OF_KEY = {
    "contract": "enterprise",
    "balance": PREPAID,
    "plan": SUBSCRIPTION,
    "custom": SUBSCRIPTION,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A rounded document, and its exact amount after percent discounts."""

    document: Document
    net: Decimal


@dataclass(frozen=True)
class Statements:
    """Lays out the documents of one month, which starts from what the books say."""

    files: CatalogFiles
    month: date
    snapshot: Snapshot
    balances: Balances
    top_ups: TopUpBook
    overages: Overages

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
        drafts = self._drafts(terms, charges, adjustments)
        invoices = {name.payment_mode: own for name, own in drafts.items() if _is_settled(name)}
        settled = self._settle(expected, terms, invoices)
        used, given_back = Decimal(0), []
        for name, draft in drafts.items():
            if not _is_settled(name):
                own = draft if name.corrects is None else self._note(terms, name, draft)
                came_to = expect_document(expected, terms.profile, name, own.document, own.net)
                if name.corrects is None:
                    used = came_to
                elif name.payment_mode == PREPAID:
                    given_back.append(came_to)
        tax_of = partial(self.tax_of_usage, terms, PREPAID)
        exact = deducted(charges, adjustments, tax_of)
        has_one = settled or DocumentName(PREPAID) in drafts
        if not has_one and terms.profile.invoice_when_empty:
            empty = DocumentName(self._usual_mode(terms))
            expect_document(expected, terms.profile, empty, NOTHING, Decimal(0))
        consumed = Consumed(used, given_back, exact)
        refunded = self.balances.expect(expected, terms.profile, consumed)
        self.top_ups.expect(expected, terms.profile, refunded)

    def _drafts(
        self,
        terms: Terms,
        charges: Sequence[Charge],
        adjustments: Mapping[DocumentName, Sequence[Line]],
    ) -> dict[DocumentName, Draft]:
        """Round every document, before credits and bounds."""
        documents = dict(self._usage(terms, charges))
        documents |= self._fees(terms)
        for name, lines in adjustments.items():
            documents[name] = [*documents.get(name, ()), *lines]
        digits = digits_of(terms.profile.currency)
        return {
            name: Draft(round_document(lines, digits, terms), total(line.net for line in lines))
            for name, lines in documents.items()
        }

    def _usage(
        self, terms: Terms, charges: Sequence[Charge]
    ) -> Iterator[tuple[DocumentName, list[Line]]]:
        """Yield the usage lines of each document: ways of paying, then credit notes."""
        for payer, mode in MODE_OF_PAYER.items():
            own = [row for row in charges if row.key.payer == payer and not row.corrects]
            if own:
                yield DocumentName(mode), self._lines(terms, mode, own)
        noted = {(row.key.payer, row.corrects) for row in charges if row.corrects}
        for payer, month in sorted(noted):
            back = [row for row in charges if (row.key.payer, row.corrects) == (payer, month)]
            mode = MODE_OF_PAYER[payer]
            yield DocumentName(mode, month), self._lines(terms, mode, as_given_back(back))

    def _lines(self, terms: Terms, mode: str, charges: Sequence[Charge]) -> list[Line]:
        months = {charge.key.stretch.service_month for charge in charges}
        taxes = {month: self.tax_of_usage(terms, mode, month) for month in months}
        return usage_lines(charges, terms.profile.zone, taxes)

    def tax_of_usage(self, terms: Terms, mode: str, month: date) -> Tax:
        """Return the tax of usage: none on a statement. Raises MeterbookError without one."""
        if mode == PREPAID and not terms.profile.is_taxed_as_used:
            return UNTAXED_STATEMENT
        return self.tax_of(terms, month)

    def tax_of(self, terms: Terms, month: date) -> Tax:
        """Return the tax of an organization's usage. Raises MeterbookError without one."""
        return TaxBook(self.files).find(terms.profile.tax_treatment_id, month)

    def _settle(self, expected: Expected, terms: Terms, drafts: Mapping[str, Draft]) -> bool:
        """Expect the invoices with what they draw on; tells whether there is one."""
        profile = terms.profile
        account = self._account(terms)
        before = {mode: draft.document for mode, draft in drafts.items()}
        settlement = settle(before, account)
        usage_net = Decimal(0)
        for mode, document in settlement.documents.items():
            drafted = drafts.get(mode)
            exact = drafted.net if drafted else Decimal(0)
            moved = sum(
                amount
                for line, amount in zip(document.lines, document.amounts, strict=True)
                if line.key.line_kind == "true_up"
            ) - sum(allowance.amount for allowance in document.fixed)
            net = CONTEXT.add(exact, from_minor(moved, account.digits))
            paid = settlement.paid(mode)
            expect_document(expected, profile, DocumentName(mode), document, net, paid)
            if mode == ENTERPRISE:
                taxable = sum(group.taxable for group in document.groups)
                usage_net = from_minor(taxable, account.digits)
        expect_uses(expected, profile, settlement.uses)
        expect_bounds(expected, profile, account.bounds, usage_net)
        return bool(settlement.documents)

    def _note(self, terms: Terms, name: DocumentName, draft: Draft) -> Draft:
        """Take off a note what its invoice never asked for; no bound is about fees."""
        organization_id, corrects = terms.profile.organization_id, name.corrects or self.month
        nets = self.snapshot.nets.get(organization_id, {})
        before = {month: net for month, net in nets.items() if month < corrects}
        digits = digits_of(terms.profile.currency)
        spend_terms = terms.spend_terms if name.payment_mode == ENTERPRISE else ()
        bounds = bounds_of(spend_terms, corrects, before, digits)
        left = self.snapshot.left.get((organization_id, name.payment_mode, corrects))
        document = settle_note(draft.document, replace(self._account(terms), bounds=bounds), left)
        taken = from_minor(sum(row.amount for row in document.fixed), digits)
        return Draft(document, CONTEXT.subtract(draft.net, taken))

    def _account(self, terms: Terms) -> Account:
        profile = terms.profile
        digits = digits_of(profile.currency)
        own = self._credits.get(profile.organization_id, ())
        allowances, balances = grants_of(own, self.snapshot, self.month)
        nets = self.snapshot.nets.get(profile.organization_id, {})
        return Account(
            terms,
            self.month,
            digits,
            allowances,
            balances,
            bounds_of(terms.spend_terms, self.month, nets, digits),
            lambda: self.tax_of(terms, self.month),
        )

    def _fees(self, terms: Terms) -> dict[DocumentName, list[Line]]:
        """Return fees and overages of the month, and of earlier invoices what it gives back."""
        owner, tax_of = terms.profile.organization_id, partial(self.tax_of, terms)
        own = self._subscriptions.get(owner)
        if not own:
            return {}
        digits = digits_of(terms.profile.currency)
        found = self.overages.lines_of(owner, tax_of)
        for month, lines in fees_of(self.files, own, self.month, tax_of, digits).items():
            if month == self.month or (owner, SUBSCRIPTION, month) in self.snapshot.left:
                found.setdefault(month, []).extend(lines)
        return {
            DocumentName(SUBSCRIPTION, None if month == self.month else month): found[month]
            for month in sorted(found, reverse=True)
        }

    def _usual_mode(self, terms: Terms) -> str:
        payers = self._payers.get(terms.profile.organization_id, ())
        modes = sorted(MODE_OF_KEY[payer] for payer in payers)
        return modes[0] if modes else "enterprise"

    @cached_property
    def _credits(self) -> Mapping[str, Sequence[Credit]]:
        return by_organization(self.files.credits)

    @cached_property
    def _subscriptions(self) -> Mapping[str, Sequence[Subscription]]:
        return by_organization(self.files.subscriptions)

    @cached_property
    def _payers(self) -> Mapping[str, set[str]]:
        payers: dict[str, set[str]] = {}
        for organization_id, payer in self.files.key_payers:
            payers.setdefault(organization_id, set()).add(payer)
        return payers


def _is_settled(name: DocumentName) -> bool:
    """Tell whether credits and bounds apply: to invoices, not to statements and credit notes."""
    return name.payment_mode != PREPAID and name.corrects is None
