"""Allowances and tier schedules as the files state them, and what each covers.

Here: their row types and the one question which of them a usage falls under. Add here when a
term depends on quantity in another way. Keep out: counting (`volume_walk`) and amounts
(`rating`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Allowance:
    """A quantity that is free in each service month; `models` is None for all models."""

    allowance_id: str
    contract_id: str
    meter: str
    models: frozenset[str] | None
    quantity: int
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True)
class TierStep:
    """The price of what lies above a quantity: per unit, or per package."""

    above: int
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class TierSchedule:
    """Prices by quantity of a service month; `steps` ascend, `package_size` is 1 without one."""

    tier_schedule_id: str
    contract_id: str
    kind: str
    meter: str
    models: frozenset[str] | None
    currency: str
    package_size: int
    steps: tuple[TierStep, ...]
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True)
class VolumeTerms:
    """The allowances and schedules of all contracts, or those of one organization."""

    allowances: Sequence[Allowance] = ()
    schedules: Sequence[TierSchedule] = ()

    @property
    def rows(self) -> list[Allowance | TierSchedule]:
        """All terms, of either kind."""
        return [*self.allowances, *self.schedules]

    def schedule(self, tier_schedule_id: str) -> TierSchedule | None:
        """Return a schedule by its id."""
        own = (row for row in self.schedules if row.tier_schedule_id == tier_schedule_id)
        return next(own, None)

    @property
    def meters(self) -> set[str]:
        """The meters that any of the terms counts."""
        return {row.meter for row in self.rows}


NO_VOLUME_TERMS = VolumeTerms()


def terms_by_owner(terms: VolumeTerms, owner: Mapping[str, str]) -> dict[str, VolumeTerms]:
    """Give each organization the terms of its contracts; `owner` maps contracts to them."""
    allowances: dict[str, list[Allowance]] = {}
    for allowance in terms.allowances:
        allowances.setdefault(owner.get(allowance.contract_id, ""), []).append(allowance)
    schedules: dict[str, list[TierSchedule]] = {}
    for schedule in terms.schedules:
        schedules.setdefault(owner.get(schedule.contract_id, ""), []).append(schedule)
    return {
        key: VolumeTerms(allowances.get(key, ()), schedules.get(key, ()))
        for key in {**allowances, **schedules}
    }


def covers(row: Allowance | TierSchedule, meter: str, model_id: str) -> bool:
    """Tell whether a term counts usage of a meter and model, at whatever time."""
    return row.meter == meter and (row.models is None or model_id in row.models)
