"""From billable quantities to exact amounts, charge by charge.

Here: adding up what shares all its rows, and the percent discounts of `money.md`, each
rounded to 12 decimals after its step. Add a step here when the order of `money.md` gains one.
Keep out: finding prices (`pricing`), minor units (`documents`) and comparing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing.audit.price_book import Wanted
from billing.audit.pricing import Applied, Gap, Pricer
from billing.audit.rounding import CONTEXT, exact_product
from billing.audit.terms import Stretch, Terms
from billing.audit.usage import Usage
from billing.audit.volume_pricing import price_of


class ChargeKey(NamedTuple):
    """What makes a charge one charge within its organization and billing month."""

    stretch: Stretch
    project_id: str
    payer: str
    model_id: str
    meter: str
    service_tier: str
    region: str
    context_above_tokens: int
    price_id: str
    contract_price_id: str
    allowance_id: str = ""
    tier_schedule_id: str = ""
    tier_step: int = 0
    uplift_id: str = ""
    adjustment_id: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One percent discount on one charge."""

    discount_id: str
    pct: Decimal
    base: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge in the document's currency; `unit_price` is per `package_size` units.

    `charged` counts the units that are charged: the quantity, or whole packages started.
    `corrects` is the billing month whose invoice a credit note gives it back for, else None.
    """

    key: ChargeKey
    contract_id: str
    exchange_rate: Decimal | None
    quantity: int
    charged: int
    package_size: int
    list_price: Decimal
    unit_price: Decimal
    list_amount: Decimal
    contracted_amount: Decimal
    discount_amount: Decimal
    net_amount: Decimal
    steps: tuple[Step, ...]
    uplift_pct: Decimal = Decimal(0)
    off_pct: Decimal = Decimal(0)
    corrects: date | None = None


@dataclass(slots=True)
class Rated:
    """All charges of one organization, and the quantities for which there is none."""

    charges: list[Charge] = field(default_factory=list)
    gaps: dict[Gap, int] = field(default_factory=dict)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Add amounts up without losing a digit."""
    result = Decimal(0)
    for amount in amounts:
        result = CONTEXT.add(result, amount)
    return result


def rate(usages: Iterable[Usage], terms: Terms, pricer: Pricer) -> Rated:
    """Turn one organization's usage into charges."""
    rated = Rated()
    quantities: dict[tuple[ChargeKey, Applied], tuple[int, int]] = {}
    for usage in usages:
        attributes = usage.attributes
        wanted = Wanted(
            attributes.model_id,
            usage.meter,
            attributes.service_tier,
            attributes.region,
            attributes.context_band,
            usage.open_windows,
        )
        applied = price_of(usage, wanted, terms, pricer)
        if isinstance(applied, Gap) and applied.problem == "no_price" and usage.if_priced:
            continue
        if isinstance(applied, Gap):
            rated.gaps[applied] = rated.gaps.get(applied, 0) + usage.quantity
        else:
            found = (_key(usage, applied), applied)
            quantity, charged = quantities.get(found, (0, 0))
            more = usage.quantity if usage.charged is None else usage.charged
            quantities[found] = (quantity + usage.quantity, charged + more)
    rated.charges = [
        _charge(key, applied, counted, terms)
        for (key, applied), counted in quantities.items()
        if any(counted)
    ]
    return rated


def _key(usage: Usage, applied: Applied) -> ChargeKey:
    attributes = usage.attributes
    return ChargeKey(
        usage.slice.stretch,
        attributes.project_id,
        attributes.payer,
        attributes.model_id,
        usage.meter,
        attributes.service_tier,
        attributes.region,
        applied.context_above_tokens,
        applied.price_id,
        applied.contract_price_id,
        usage.share.allowance_id,
        usage.share.tier_schedule_id,
        usage.share.tier_step,
        applied.uplift_id,
        applied.adjustment_id,
    )


def _charge(key: ChargeKey, applied: Applied, counted: tuple[int, int], terms: Terms) -> Charge:
    quantity, charged = counted
    contracted = exact_product(applied.unit_price, charged // applied.package_size)
    steps = []
    left = contracted
    for discount in terms.discounts_at(key.stretch.starts_at, applied.contract_id):
        if terms.covers(discount, key.model_id, key.meter, key.service_tier):
            off = exact_product(left, discount.pct)
            steps.append(Step(discount.discount_id, discount.pct, left, off))
            left = CONTEXT.subtract(left, off)
    return Charge(
        key,
        applied.contract_id,
        applied.exchange_rate,
        quantity,
        charged,
        applied.package_size,
        applied.list_price,
        applied.unit_price,
        exact_product(applied.list_price, quantity),
        contracted,
        CONTEXT.subtract(contracted, left),
        left,
        tuple(steps),
        applied.uplift_pct,
        applied.off_pct,
    )
