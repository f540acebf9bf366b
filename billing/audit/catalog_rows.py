"""What the audit knows of the catalog: one frozen row type per CSV file it needs.

Here: the types. Add one when a rule of `money.md` depends on another file. Keep out: reading
them (`catalog_files`) and validation, which `catalog check` does. Days are local, `valid_to`
is exclusive and `NO_DAY` when open.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol, TypeVar

from billing.audit.balance_rows import BalanceMovement, TopUp
from billing.audit.exchange import ExchangeRate, ExchangeTerm
from billing.audit.overage_rows import PlanOverage
from billing.audit.price_rows import (
    Model,
    ModelPattern,
    PriceAdjustment,
    PriceWindow,
    RegionUplift,
)
from billing.audit.volume_terms import NO_VOLUME_TERMS, VolumeTerms


@dataclass(frozen=True, slots=True, eq=False)
class Price:
    """One row of prices.csv; `unit_price` is per single unit."""

    price_id: str
    model_id: str
    meter: str
    service_tier: str
    context_above_tokens: int
    region: str
    currency: str
    unit_price: Decimal
    valid_from_at: datetime
    valid_to_at: datetime
    price_window_id: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Contract:
    """One row of contracts.csv."""

    contract_id: str
    organization_id: str
    price_by: str
    exchange_source: str
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True, eq=False)
class ContractPrice:
    """One negotiated price per single unit; it wins over the list."""

    contract_price_id: str
    contract_id: str
    model_id: str
    meter: str
    service_tier: str
    context_above_tokens: int
    currency: str
    unit_price: Decimal
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True)
class Discount:
    """`pct` is a fraction; an empty scope column means everything."""

    discount_id: str
    contract_id: str
    priority: int
    pct: Decimal
    model_id: str
    valid_from: date
    valid_to: date
    family: str = ""
    provider: str = ""
    service_tier: str = ""
    meter: str = ""


@dataclass(frozen=True, slots=True)
class Credit:
    """One credit; `months` counts those that grant it anew, 0 for all until `valid_to`."""

    credit_id: str
    organization_id: str
    kind: str
    currency: str
    amount: Decimal
    repeats: str
    months: int
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True)
class SpendTerm:
    """The least or the most that invoices come to, each month or over the whole term."""

    spend_term_id: str
    contract_id: str
    kind: str
    period: str
    currency: str
    amount: Decimal
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True)
class Profile:
    """What of billing_profiles.csv decides money."""

    organization_id: str
    currency: str
    zone: str
    tax_treatment_id: str
    invoice_when_empty: bool
    tax_at: str = ""

    @property
    def is_taxed_as_used(self) -> bool:
        """Whether a balance is deducted with tax, and its usage invoiced and not stated."""
        return self.tax_at == "consumption"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One bought subscription; `ends` is exclusive. Instants are None where its row has none."""

    subscription_id: str
    organization_id: str
    kind: str
    plan_id: str
    starts: date
    ends: date
    changed_from: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionItem:
    """One model of a custom subscription with its monthly fee."""

    subscription_id: str
    model_id: str
    service_tier: str
    monthly_fee: Decimal


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A dated tax rate of a country and category."""

    country: str
    category: str
    rate: Decimal
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True)
class TaxTreatment:
    """An empty `country` means that no tax is charged."""

    category: str
    country: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """The currency the seller keeps its accounts in, and who publishes its rates."""

    currency: str
    source: str
    max_age_days: int | None = None


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """Whether an outcome is billed and, if not, the reason that is shown."""

    is_billed: bool
    not_billed_reason: str


@dataclass(frozen=True, slots=True)
class CatalogFiles:
    """Everything the second engine reads from the catalog folder."""

    prices: tuple[Price, ...]
    contracts: tuple[Contract, ...]
    contract_prices: tuple[ContractPrice, ...]
    discounts: tuple[Discount, ...]
    profiles: Mapping[str, Profile]
    subscriptions: tuple[Subscription, ...]
    items: tuple[SubscriptionItem, ...]
    plan_fees: Mapping[str, Decimal]
    top_ups: tuple[TopUp, ...]
    tax_rates: tuple[TaxRate, ...]
    treatments: Mapping[str, TaxTreatment]
    exchange_rates: tuple[ExchangeRate, ...]
    outcome_rules: Mapping[str, OutcomeRule]
    key_payers: tuple[tuple[str, str], ...]
    volume: VolumeTerms = NO_VOLUME_TERMS
    price_windows: tuple[PriceWindow, ...] = ()
    region_uplifts: tuple[RegionUplift, ...] = ()
    price_adjustments: tuple[PriceAdjustment, ...] = ()
    models: Mapping[str, Model] = field(default_factory=dict)
    model_aliases: Mapping[str, str] = field(default_factory=dict)
    model_patterns: tuple[ModelPattern, ...] = ()
    credits: tuple[Credit, ...] = ()
    spend_terms: tuple[SpendTerm, ...] = ()
    exchange_terms: tuple[ExchangeTerm, ...] = ()
    accounts: Accounts | None = None
    balance_movements: tuple[BalanceMovement, ...] = ()
    contract_outcome_rules: Mapping[tuple[str, str], OutcomeRule] = field(default_factory=dict)
    plan_overages: tuple[PlanOverage, ...] = ()


class Owned(Protocol):
    """A row of one organization."""

    @property
    def organization_id(self) -> str:
        """Whose it is."""


R = TypeVar("R", bound=Owned)


def by_organization(rows: Iterable[R]) -> Mapping[str, Sequence[R]]:
    """Collect rows by whose they are, so that nobody looks through everybody's."""
    found: dict[str, list[R]] = {}
    for row in rows:
        found.setdefault(row.organization_id, []).append(row)
    return found
