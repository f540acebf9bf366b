"""What one organization agreed to, and the stretches of time in which it stays the same.

Here: contracts, negotiated prices and discounts as UTC windows of the organization's zone,
and the slices of a month between their changes. Add here when a contract gains a term. Keep
out: list prices (`price_book`) and amounts (`rating`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple

from billing.audit.catalog_rows import CatalogFiles, Contract, ContractPrice, Discount, Profile
from billing.audit.local_time import midnight
from billing.audit.volume_terms import NO_VOLUME_TERMS, Allowance, TierSchedule, VolumeTerms
from billing.audit.windows import Window

Term = Contract | ContractPrice | Discount | Allowance | TierSchedule


class Stretch(NamedTuple):
    """A half-open window in which an organization's own terms stay the same."""

    service_month: date
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """A part of a stretch in which the list prices stay the same too; itself, not its values."""

    window: Window
    stretch: Stretch
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """One organization's profile and all its contract rows; days count in the profile's zone."""

    profile: Profile
    contracts: Sequence[Contract]
    contract_prices: Sequence[ContractPrice]
    discounts: Sequence[Discount]
    volume: VolumeTerms = NO_VOLUME_TERMS

    def is_valid(self, row: Term, at: datetime) -> bool:
        """Tell whether a row is in force at a naive UTC instant."""
        zone = self.profile.zone
        return midnight(row.valid_from, zone) <= at < midnight(row.valid_to, zone)

    def contracts_at(self, at: datetime) -> list[Contract]:
        """Return the contracts in force: exactly one when the catalog is in order."""
        return [row for row in self.contracts if self.is_valid(row, at)]

    def discounts_at(self, at: datetime, contract_id: str) -> list[Discount]:
        """Return the discounts of a contract in force, in the order in which they apply."""
        valid = [
            row
            for row in self.discounts
            if row.contract_id == contract_id and self.is_valid(row, at)
        ]
        return sorted(valid, key=lambda row: (row.priority, row.discount_id))

    def instants(self) -> set[datetime]:
        """Return every instant at which one of the terms begins or ends."""
        rows: tuple[Term, ...] = (
            *self.contracts,
            *self.contract_prices,
            *self.discounts,
            *self.volume.rows,
        )
        days = {day for row in rows for day in (row.valid_from, row.valid_to)}
        return {midnight(day, self.profile.zone) for day in days}


def terms_of(files: CatalogFiles) -> dict[str, Terms]:
    """Collect the terms of every organization that has a billing profile."""
    contracts: dict[str, list[Contract]] = {key: [] for key in files.profiles}
    owner: dict[str, str] = {}
    for contract in files.contracts:
        contracts.setdefault(contract.organization_id, []).append(contract)
        owner[contract.contract_id] = contract.organization_id
    prices: dict[str, list[ContractPrice]] = {}
    for price in files.contract_prices:
        prices.setdefault(owner.get(price.contract_id, ""), []).append(price)
    discounts: dict[str, list[Discount]] = {}
    for discount in files.discounts:
        discounts.setdefault(owner.get(discount.contract_id, ""), []).append(discount)
    return {
        key: Terms(
            profile,
            contracts[key],
            prices.get(key, ()),
            discounts.get(key, ()),
            files.volume.of_contracts({row.contract_id for row in contracts[key]}),
        )
        for key, profile in files.profiles.items()
    }


def slices_of(window: Window, own: Iterable[datetime], listed: Iterable[datetime]) -> list[Slice]:
    """Cut a window at the organization's own instants, then at those of list prices."""
    return [
        Slice(window, Stretch(window.service_month, *stretch), *bounds)
        for stretch in _cut(window.starts_at, window.ends_at, own)
        for bounds in _cut(*stretch, listed)
    ]


def _cut(
    starts_at: datetime, ends_at: datetime, instants: Iterable[datetime]
) -> list[tuple[datetime, datetime]]:
    inside = sorted(instant for instant in set(instants) if starts_at < instant < ends_at)
    edges = [starts_at, *inside, ends_at]
    return list(pairwise(edges))
