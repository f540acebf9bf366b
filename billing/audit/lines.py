"""The lines of a document before rounding.

Here: usage lines from charges, and their order. Add a kind of line here. Keep out: fees
(`fees`) and minor units (`documents`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from billing.audit.local_time import last_day_before, local_day
from billing.audit.rating import Charge, ChargeKey, total
from billing.audit.tax import Tax
from billing.audit.usage import MAIN_METERS, METER_ORDER, MODALITY_METERS

TOKENS_PER_PRICE = 1_000_000
PREPAID = "prepaid"
MODE_OF_PAYER = {"contract": "enterprise", "balance": PREPAID}


class DocumentName(NamedTuple):
    """One document of an organization's month; a credit note names the month it corrects."""

    payment_mode: str
    corrects: date | None = None


class LineKey(NamedTuple):
    """What tells one line of a document from another."""

    line_kind: str
    service_month: date
    model_id: str
    meter: str
    service_tier: str
    context_band: int
    terms_from_at: datetime | None
    price_id: str
    contract_price_id: str
    allowance_id: str
    tier_schedule_id: str
    tier_step: int
    plan_id: str
    period_first_date: date
    uplift_id: str = ""
    adjustment_id: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `exact` is before discounts, `net` after.

    `unit_price` is per single unit or per package.
    """

    key: LineKey
    period_last_date: date
    contract_id: str
    quantity: int
    charged: int
    unit_price: Decimal
    base_quantity: int
    exact: Decimal
    net: Decimal
    tax: Tax


def usage_lines(charges: Iterable[Charge], zone: str, taxes: dict[date, Tax]) -> list[Line]:
    """Add charges up over projects and regions, and put the lines in their order."""
    members: dict[LineKey, list[Charge]] = {}
    for charge in charges:
        members.setdefault(_key(charge, zone), []).append(charge)
    return [
        _line(key, members[key], zone, taxes[key.service_month])
        for key in sorted(members, key=_order)
    ]


def _key(charge: Charge, zone: str) -> LineKey:
    key = charge.key
    return LineKey(
        "usage",
        key.stretch.service_month,
        key.model_id,
        key.meter,
        key.service_tier,
        key.context_above_tokens,
        key.stretch.starts_at,
        key.price_id,
        key.contract_price_id,
        key.allowance_id,
        key.tier_schedule_id,
        key.tier_step,
        "",
        local_day(key.stretch.starts_at, zone),
        key.uplift_id if charge.uplift_pct and _is_list_priced(key) else "",
        key.adjustment_id,
    )


def _line(key: LineKey, charges: Sequence[Charge], zone: str, tax: Tax) -> Line:
    return Line(
        key,
        last_day_before(charges[0].key.stretch.ends_at, zone),
        charges[0].contract_id,
        sum(charge.quantity for charge in charges),
        sum(charge.charged for charge in charges),
        charges[0].unit_price,
        _base_quantity(key.meter, charges[0].package_size),
        total(charge.contracted_amount for charge in charges),
        total(charge.net_amount for charge in charges),
        tax,
    )


def _base_quantity(meter: str, package_size: int) -> int:
    if package_size > 1:
        return package_size
    return TOKENS_PER_PRICE if meter in (*MAIN_METERS, *MODALITY_METERS) else 1


def _is_list_priced(key: ChargeKey) -> bool:
    return not (key.contract_price_id or key.allowance_id or key.tier_schedule_id)


def _order(key: LineKey) -> tuple[object, ...]:
    return (
        key.service_month,
        key.model_id,
        METER_ORDER.get(key.meter, len(METER_ORDER)),
        key.meter,
        key.service_tier,
        key.context_band,
        key.terms_from_at,
        key.price_id,
        key.contract_price_id,
        not key.allowance_id,
        key.allowance_id,
        key.tier_schedule_id,
        key.tier_step,
        key.uplift_id,
        key.adjustment_id,
    )
