"""What plans include and charge beyond it, as the second engine reads it.

Here: reading plan_overages.csv. Keep out: periods (`overage_parts`) and amounts (`overages`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PlanOverage:
    """A quantity that a plan includes each month; an empty `model_id` means all of its models.

    `unit_price` is per single token, request or generation.
    """

    plan_overage_id: str
    plan_id: str
    counted: str
    model_id: str
    included: int
    unit_price: Decimal


def plan_overage(row: Mapping[str, str]) -> PlanOverage:
    """Read a row of plan_overages.csv."""
    return PlanOverage(
        row["plan_overage_id"],
        row["plan_id"],
        row["counted"],
        row["model_id"],
        int(row["included_quantity"]),
        Decimal(row["unit_price"]),
    )
