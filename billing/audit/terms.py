"""What one organization agreed to, and the stretches of time in which it stays the same.

Here: contracts, negotiated prices, percentages off and discounts as UTC windows of the organization's zone,
and the slices of a month between their changes. Add here when a contract gains a term. Keep
out: list prices (`price_book`) and amounts (`rating`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from billing.audit.catalog_rows import (
    CatalogFiles,
    Contract,
    ContractPrice,
    Discount,
    Profile,
    SpendTerm,
)
from billing.audit.exchange import DAILY, ExchangeTerm
from billing.audit.local_time import local_day, midnight
from billing.audit.price_rows import Model, PriceAdjustment
from billing.audit.volume_terms import (
    NO_VOLUME_TERMS,
    Allowance,
    TierSchedule,
    VolumeTerms,
    terms_by_owner,
)
from billing.audit.windows import Window


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


Dated = Contract | ContractPrice | PriceAdjustment | Discount | SpendTerm | Allowance | TierSchedule


@dataclass(frozen=True, slots=True)
class Terms:
    """One organization's profile and all its contract rows; days count in the profile's zone."""

    profile: Profile
    contracts: Sequence[Contract]
    contract_prices: Sequence[ContractPrice]
    discounts: Sequence[Discount]
    adjustments: Sequence[PriceAdjustment] = ()
    models: Mapping[str, Model] = field(default_factory=dict)
    spend_terms: Sequence[SpendTerm] = ()
    volume: VolumeTerms = NO_VOLUME_TERMS
    exchange: Mapping[str, ExchangeTerm] = field(default_factory=dict)

    def is_valid(self, row: Dated, at: datetime) -> bool:
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

    def adjustment_at(
        self, at: datetime, contract_id: str, model_id: str
    ) -> PriceAdjustment | None:
        """Return what the contract takes off a model's list prices: the narrowest scope wins."""
        valid = [
            row
            for row in self.adjustments
            if row.contract_id == contract_id and self.is_valid(row, at)
        ]
        model = self._model(model_id)
        scopes = (
            (model_id, "", ""),
            ("", model.family, ""),
            ("", "", model.provider),
            ("", "", ""),
        )
        for scope in scopes:
            for row in valid:
                if (row.model_id, row.family, row.provider) == scope:
                    return row
        return None

    def covers(self, discount: Discount, model_id: str, meter: str, service_tier: str) -> bool:
        """Tell whether usage is in the scope of a discount, whatever its time."""
        model = self._model(model_id)
        return (
            discount.model_id in {"", model_id}
            and discount.family in {"", model.family}
            and discount.provider in {"", model.provider}
            and discount.meter in {"", meter}
            and discount.service_tier in {"", service_tier}
        )

    def _model(self, model_id: str) -> Model:
        return self.models.get(model_id, Model(model_id, "", ""))

    def instants(self) -> set[datetime]:
        """Return every instant at which one of the terms begins or ends.

        A minimum is of a whole document, so it cuts nothing.
        """
        rows: tuple[Dated, ...] = (
            *self.contracts,
            *self.contract_prices,
            *self.adjustments,
            *self.discounts,
            *self.volume.rows,
            *(row for row in self.spend_terms if row.kind == "maximum"),
        )
        days = {day for row in rows for day in (row.valid_from, row.valid_to)}
        return {midnight(day, self.profile.zone) for day in days}

    def exchange_term(self, contract_id: str) -> ExchangeTerm:
        """Return how a contract's prices are converted: as usual without a row."""
        return self.exchange.get(contract_id, ExchangeTerm(contract_id))

    def cuts(self, window: Window) -> set[datetime]:
        """Return `instants`, and the midnights of a window's days that have a rate of their own."""
        zone, midnights = self.profile.zone, set()
        for row in self.contracts:
            if self.exchange_term(row.contract_id).date_rule == DAILY:
                day = max(row.valid_from, local_day(window.starts_at, zone))
                while day < row.valid_to and midnight(day, zone) < window.ends_at:
                    midnights.add(midnight(day, zone))
                    day += timedelta(days=1)
        return self.instants() | midnights


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
    adjustments: dict[str, list[PriceAdjustment]] = {}
    for adjustment in files.price_adjustments:
        adjustments.setdefault(owner.get(adjustment.contract_id, ""), []).append(adjustment)
    bounds: dict[str, list[SpendTerm]] = {}
    for bound in files.spend_terms:
        bounds.setdefault(owner.get(bound.contract_id, ""), []).append(bound)
    exchange: dict[str, dict[str, ExchangeTerm]] = {}
    for term in files.exchange_terms:
        exchange.setdefault(owner.get(term.contract_id, ""), {})[term.contract_id] = term
    volume = terms_by_owner(files.volume, owner)
    return {
        key: Terms(
            profile,
            contracts[key],
            prices.get(key, ()),
            discounts.get(key, ()),
            adjustments.get(key, ()),
            files.models,
            bounds.get(key, ()),
            volume.get(key, NO_VOLUME_TERMS),
            exchange.get(key, {}),
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
