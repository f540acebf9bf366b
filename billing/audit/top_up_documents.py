"""Documents about top-ups, computed a second time: invoices, and notes for what was refunded.

Here: tax of the day of a top-up, and from which invoices a refund gives back. Keep out: what was
paid back of each lot (`lots`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from billing.audit import audited_balances as audited
from billing.audit.accounting import AccountBook
from billing.audit.balance_rows import TopUp
from billing.audit.books_snapshot import Snapshot, TopUpLeft
from billing.audit.catalog_rows import CatalogFiles, Profile
from billing.audit.exchange import ExchangeBook
from billing.audit.expected import Expected
from billing.audit.local_time import local_day
from billing.audit.prepaid import OPEN_LOT
from billing.audit.rounding import digits_of, from_minor, half_away, to_minor
from billing.audit.tax import UNTAXED_STATEMENT, TaxBook
from billing.errors import MeterbookError

INVOICE, RECEIPT, NOTE = "top_up_invoice", "top_up_receipt", "credit_note"
REMEDY = (
    ". Enter the rate of that day in tax_rates.csv; where another system invoiced the top-up, "
    "name its invoice in invoiced_as of top_ups.csv."
)


@dataclass(frozen=True, slots=True)
class Due:
    """One document in minor units: `billed` is the month that invoiced its top-up."""

    kind: str
    top_up_id: str
    occurred_at: datetime
    billed: date
    category: str
    rate: Decimal
    net: int
    tax: int


@dataclass(frozen=True)
class TopUpBook:
    """Expects what one month invoices of top-ups and gives back of them."""

    files: CatalogFiles
    month: date
    snapshot: Snapshot

    def expect(self, expected: Expected, profile: Profile, refunded: Mapping[str, Decimal]) -> None:
        """Expect every document; `refunded` is by lot.

        Raises MeterbookError when there is no tax on the day of a top-up, the others expected.
        """
        digits = digits_of(profile.currency)
        untaxed: list[str] = []
        invoices = list(self._invoices(profile, digits, untaxed))
        notes = list(self._notes(profile, invoices, refunded, digits))
        for place, each in enumerate([*_in_time(invoices), *_in_time(notes)], start=1):
            net, tax = from_minor(each.net, digits), from_minor(each.tax, digits)
            whole = from_minor(each.net + each.tax, digits)
            values = (
                place,
                each.billed,
                local_day(each.occurred_at, profile.zone),
                each.category,
                each.rate,
                net,
                tax,
                whole,
                whole if each.kind == NOTE else Decimal(0),
                profile.currency,
                digits,
                *self._accounts.worth(profile.currency, each.billed, net, tax),
            )
            key = (profile.organization_id, each.kind, each.top_up_id)
            expected.add(audited.TOP_UPS, key, values)
        if untaxed:
            raise MeterbookError("; ".join(untaxed) + REMEDY)

    def _invoices(self, profile: Profile, digits: int, untaxed: list[str]) -> Iterator[Due]:
        """Yield what is due and has a tax or needs none; names in `untaxed` what lacks one."""
        for row in self._paid.get(profile.organization_id, ()):
            if (profile.organization_id, row.top_up_id) in self.snapshot.due:
                net, day = to_minor(row.amount, digits), local_day(row.occurred_at, profile.zone)
                if profile.is_taxed_as_used:
                    due = (RECEIPT, row.top_up_id, row.occurred_at, self.month)
                    yield Due(*due, *UNTAXED_STATEMENT, net, 0)
                    continue
                try:
                    found = self._taxes.on_day(profile.tax_treatment_id, day)
                except MeterbookError as error:
                    untaxed.append(f"top-up {row.top_up_id} was paid on {day}, and {error}")
                    continue
                tax = half_away(net * Fraction(found.rate))
                yield Due(INVOICE, row.top_up_id, row.occurred_at, self.month, *found, net, tax)

    def _notes(
        self,
        profile: Profile,
        invoices: Sequence[Due],
        refunded: Mapping[str, Decimal],
        digits: int,
    ) -> Iterator[Due]:
        """Give back of each top-up what its lot did, then of the oldest what no lot held."""
        if not refunded:
            return
        earlier = self.snapshot.top_ups.get(profile.organization_id, ())
        own = [each for each in invoices if each.kind == INVOICE]
        left = [*(_earlier(row, digits) for row in earlier), *own]
        back = {
            each.top_up_id: min(
                each.net, to_minor(refunded.get(each.top_up_id, Decimal(0)), digits)
            )
            for each in left
        }
        beyond = to_minor(refunded.get(OPEN_LOT, Decimal(0)), digits)
        for each in _in_time(left):
            name = each.top_up_id
            more = max(0, min(beyond, each.net - back[name]))
            beyond -= more
            given = back[name] + more
            if given:
                stays = half_away((each.net - given) * Fraction(each.rate))
                tax = each.tax - stays
                yield replace(each, kind=NOTE, net=given, tax=tax)

    @cached_property
    def _paid(self) -> Mapping[str, Sequence[TopUp]]:
        found: dict[str, list[TopUp]] = {}
        for row in self.files.top_ups:
            if row.kind == "purchased":
                found.setdefault(row.organization_id, []).append(row)
        return found

    @cached_property
    def _taxes(self) -> TaxBook:
        return TaxBook(self.files)

    @cached_property
    def _accounts(self) -> AccountBook:
        return AccountBook.of(self.files, ExchangeBook(self.files.exchange_rates), self.month)


def _earlier(row: TopUpLeft, digits: int) -> Due:
    """Return what earlier notes left of an invoice, of a top-up as it was invoiced."""
    amounts = (to_minor(row.taxable, digits), to_minor(row.tax, digits))
    billed = (row.billed_month, row.category, row.rate)
    return Due(INVOICE, row.top_up_id, row.occurred_at, *billed, *amounts)


def _in_time(documents: Sequence[Due]) -> list[Due]:
    return sorted(documents, key=lambda each: (each.occurred_at, each.top_up_id))
