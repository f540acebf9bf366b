"""Rows of the catalog about prepaid balances, as the second engine reads them.

Here: reading top_ups.csv and balance_movements.csv. Keep out: what they do to lots (`lots`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from billing.audit.local_time import instant_of


@dataclass(frozen=True, slots=True)
class TopUp:
    """One payment into a prepaid balance, or a promotional grant."""

    top_up_id: str
    organization_id: str
    occurred_at: datetime
    amount: Decimal
    kind: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BalanceMovement:
    """What was taken from a prepaid balance, or moved to another."""

    movement_id: str
    organization_id: str
    occurred_at: datetime
    kind: str
    amount: Decimal
    to_organization_id: str
    expires_at: datetime | None


def top_up(row: Mapping[str, str]) -> TopUp:
    """Read a row of top_ups.csv."""
    return TopUp(
        row["top_up_id"],
        row["organization_id"],
        instant_of(row["occurred_at"]),
        Decimal(row["amount"]),
        row["kind"],
        _end_of_lot(row),
    )


def balance_movement(row: Mapping[str, str]) -> BalanceMovement:
    """Read a row of balance_movements.csv."""
    return BalanceMovement(
        row["movement_id"],
        row["organization_id"],
        instant_of(row["occurred_at"]),
        row["kind"],
        Decimal(row["amount"]),
        row["to_organization_id"],
        _end_of_lot(row),
    )


def _end_of_lot(row: Mapping[str, str]) -> datetime | None:
    text = row.get("expires_at") or ""
    return instant_of(text) if text else None
