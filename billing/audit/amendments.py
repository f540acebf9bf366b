"""Amended months a second time: rated under today's files, less what was filed for them.

Here: the adjustment lines an amendment leads to. Keep out: which amendments are due, which the
books decide, and rounding (`documents`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import duckdb

from billing.audit.catalog_rows import Profile
from billing.audit.given_back import Corrections, give_back, noted_payers, read_corrections
from billing.audit.lines import MODE_OF_PAYER, DocumentName, Line, LineKey
from billing.audit.local_time import add_months
from billing.audit.rating import Charge, Rated
from billing.audit.rounding import CONTEXT
from billing.audit.tax import Tax
from billing.audit.terms import Terms
from billing.audit.usage import METER_ORDER

_AMENDED = """
select distinct organization_id, service_month from books.amendment
where billing_month = ? order by all
"""
_FILED = """
select organization_id, payment_mode, service_month, model_id, meter, service_tier,
       tax_category, tax_rate, net_amount
from books.billed_line where billing_month = ?
"""
RateMonth = Callable[[str, date, date, date], Rated]
"""Rates the usage of (organization, service month) that a billing month billed, at the exchange
rates of another month."""
TaxOfUsage = Callable[[str, date], Tax]
"""The tax of usage by way of paying and service month."""
PAYER_OF_MODE = {mode: payer for payer, mode in MODE_OF_PAYER.items()}


class Place(NamedTuple):
    """What an amended month is compared by."""

    payment_mode: str
    service_month: date
    model_id: str
    meter: str
    service_tier: str
    tax: Tax


@dataclass(frozen=True)
class Amendments:
    """The months that `month` amends, and what was filed for them, by organization."""

    month: date
    amended: Mapping[str, Sequence[date]]
    filed: Mapping[str, Mapping[Place, Decimal]]
    corrections: Mapping[date, Corrections]

    def adjustments(
        self, terms: Terms, rate_month: RateMonth, tax_of: TaxOfUsage
    ) -> list[tuple[DocumentName, Line]]:
        """Return one line per difference, with the document it belongs on, in order."""
        organization_id = terms.profile.organization_id
        sums: dict[Place, Decimal] = {
            place: CONTEXT.minus(amount)
            for place, amount in self.filed.get(organization_id, {}).items()
        }
        for service_month in self.amended.get(organization_id, ()):
            for billed_in in _months(service_month, self.month):
                charges = self._charges(terms.profile, service_month, billed_in, rate_month)
                for charge in charges:
                    place = _place(charge, tax_of)
                    before = sums.get(place, Decimal(0))
                    sums[place] = CONTEXT.add(before, charge.net_amount)
        changed = sorted((item for item in sums.items() if item[1]), key=_order)
        return [self._adjustment(terms.profile, place, change) for place, change in changed]

    def _charges(
        self, profile: Profile, service_month: date, billed_in: date, rate_month: RateMonth
    ) -> list[Charge]:
        def rated_at(month: date) -> Rated:
            return rate_month(profile.organization_id, service_month, billed_in, month)

        corrections = self.corrections.get(billed_in, Corrections(billed_in, {}))
        return give_back(rated_at(billed_in), corrections, profile, rated_at)

    def _adjustment(
        self, profile: Profile, place: Place, change: Decimal
    ) -> tuple[DocumentName, Line]:
        corrects, payer = None, PAYER_OF_MODE[place.payment_mode]
        if change < 0 and payer in noted_payers(profile):
            own = self.corrections.get(self.month, Corrections(self.month, {}))
            key = (profile.organization_id, payer, place.service_month)
            corrects = own.documents.get(key, place.service_month)
        exact = change if corrects is None else abs(change)
        name = DocumentName(place.payment_mode, corrects)
        return name, _line(place, exact)


def read_amendments(connection: duckdb.DuckDBPyConnection, month: date) -> Amendments:
    """Read what the books say of the amendments that `month` carries out."""
    amended: dict[str, list[date]] = {}
    for organization_id, service_month in connection.execute(_AMENDED, [month]).fetchall():
        amended.setdefault(organization_id, []).append(service_month)
    filed: dict[str, dict[Place, Decimal]] = {}
    for organization_id, *rest in connection.execute(_FILED, [month]).fetchall():
        mode, served, model_id, meter, tier, category, rate, net = rest
        place = Place(mode, served, model_id, meter, tier, Tax(category, rate))
        own = filed.setdefault(organization_id, {})
        own[place] = CONTEXT.add(own.get(place, Decimal(0)), net)
    served_months = [served for months in amended.values() for served in months]
    months = _months(min(served_months), add_months(month, 1)) if served_months else []
    corrections = {each: read_corrections(connection, each) for each in months}
    return Amendments(month, amended, filed, corrections)


def _months(first: date, end: date) -> list[date]:
    """List the months from `first` up to `end`, without it."""
    months = []
    while first < end:
        months.append(first)
        first = add_months(first, 1)
    return months


def _place(charge: Charge, tax_of: TaxOfUsage) -> Place:
    key = charge.key
    mode, served = MODE_OF_PAYER[key.payer], key.stretch.service_month
    what = (key.model_id, key.meter, key.service_tier)
    return Place(mode, served, *what, tax_of(mode, served))


def _order(item: tuple[Place, Decimal]) -> tuple[object, ...]:
    place = item[0]
    meter = METER_ORDER.get(place.meter, len(METER_ORDER))
    what = (place.service_month, place.model_id, meter, place.meter, place.service_tier)
    return (*what, place.tax)


def _line(place: Place, exact: Decimal) -> Line:
    served = place.service_month
    what = (place.model_id, place.meter, place.service_tier)
    key = LineKey("adjustment", served, *what, 0, None, "", "", "", "", 0, "", served)
    last_day = add_months(served, 1) - timedelta(days=1)
    quantity = -1 if exact < 0 else 1
    return Line(key, last_day, "", quantity, quantity, abs(exact), 1, exact, exact, place.tax)


def by_document(
    adjustments: Iterable[tuple[DocumentName, Line]],
) -> dict[DocumentName, list[Line]]:
    """Collect adjustment lines by the document they belong on."""
    lines: dict[DocumentName, list[Line]] = {}
    for name, line in adjustments:
        lines.setdefault(name, []).append(line)
    return lines
