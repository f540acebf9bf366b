"""What random contracts say: prices of their own, percentages, quantities, discounts, bounds.

Here: the terms of one contract, every one drawn for some. Add a draw when a contract gains a
term. Keep out: list prices (`random_price_book`), and credits, which belong to a customer.
"""

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from tests.scenarios.cases import Row
from tests.scenarios.random_price_book import BAND, MODELS, PIECES, REQUEST, TIERS, TOKENS
from tests.scenarios.random_rows import (
    ALWAYS,
    Gateway,
    a_day_span,
    a_price,
    an_amount,
)

PERCENTAGES = ("0.1", "0.125", "0.333333", "0.5", "1", "0.000001")
FAMILIES = sorted({family for _, family, _ in MODELS.values()})
PROVIDERS = sorted({provider for provider, _, _ in MODELS.values()})
METERS = (*TOKENS, *PIECES, REQUEST)
HALVES: tuple[Row, ...] = ({"valid_to_date": "2026-10-16"}, {"valid_from_date": "2026-10-16"})
SCOPES: tuple[tuple[Row, ...], ...] = (
    (),
    ({},),
    HALVES,
    ({"model_id": "alpha"},),
    ({"model_group_id": "pair"},),
    ({"model_group_id": "all_four"},),
    ({"model_id": "alpha"}, {"model_group_id": "pair"}, {"model_id": "pixel"}),
    ({"model_id": "gamma"}, {"model_id": "pixel", "valid_from_date": "2026-10-11"}),
    tuple({"model_group_id": "pair"} | half for half in HALVES),
)
"""The terms of one kind over one meter: no usage is covered by two of them."""
KINDS = ("graduated", "volume", "package")
OUTCOMES = ("client_aborted", "upstream_error", "rate_limited", "byok", "success")


@dataclass(frozen=True)
class Contract:
    """A contract, the days in which it is in force, and the currency it is billed in."""

    name: str
    first: str
    last: str
    currency: str


def add_terms(gateway: Gateway, draw: Random, contract: Contract) -> None:
    """Draw all terms of a contract."""
    _exchange(gateway, draw, contract)
    _outcomes(gateway, draw, contract)
    _contract_prices(gateway, draw, contract)
    _percentages_off(gateway, draw, contract)
    if draw.random() < 0.5:
        _quantities(gateway, draw, contract)
    _discounts(gateway, draw, contract)
    _bounds(gateway, draw, contract)


def _exchange(gateway: Gateway, draw: Random, contract: Contract) -> None:
    if draw.random() < 0.25:
        gateway.add(
            "exchange_terms",
            contract_id=contract.name,
            date_rule=draw.choice(("daily", "daily", "daily", "invoice_date")),
            max_age_days="31",
            price_digits="12",
        )


def _outcomes(gateway: Gateway, draw: Random, contract: Contract) -> None:
    """Bill what others do not pay for, and the other way round."""
    if draw.random() < 0.7:
        return
    for outcome in draw.sample(OUTCOMES, draw.randint(1, 3)):
        is_billed = draw.choice((True, False))
        gateway.add(
            "contract_outcome_rules",
            contract_id=contract.name,
            outcome=outcome,
            is_billed=str(is_billed).lower(),
            not_billed_reason="" if is_billed else draw.choice((outcome, "goodwill")),
        )


def _contract_prices(gateway: Gateway, draw: Random, contract: Contract) -> None:
    for model in MODELS:
        for meter in METERS:
            if draw.random() < 0.15:
                tier, band = draw.choice(("default", *TIERS)), draw.choice(("0", "0", str(BAND)))
                gateway.add(
                    "contract_prices",
                    contract_price_id=f"{contract.name}_{model}_{meter}",
                    contract_id=contract.name,
                    model_id=model,
                    meter=meter,
                    service_tier=tier,
                    context_above_tokens=band,
                    currency=draw.choice(("USD", "EUR", contract.currency)),
                    unit_price=a_price(draw),
                    **a_day_span(draw),
                )


def _percentages_off(gateway: Gateway, draw: Random, contract: Contract) -> None:
    """Take a percentage off list prices, at several scopes and from day to day."""
    model = draw.choice(sorted(MODELS))
    scopes: tuple[Row, ...] = (
        {},
        {"provider": draw.choice(PROVIDERS)},
        {"family": draw.choice(FAMILIES)},
        {"model_id": model} | HALVES[0],
        {"model_id": model} | HALVES[1],
    )
    for number, scope in enumerate(scopes):
        if draw.random() < 0.2:
            gateway.add(
                "price_adjustments",
                adjustment_id=f"{contract.name}_off{number}",
                contract_id=contract.name,
                off_pct=draw.choice(PERCENTAGES),
                **(a_day_span(draw) if "model_id" not in scope else {}),
                **scope,
            )


def _quantities(gateway: Gateway, draw: Random, contract: Contract) -> None:
    """Make quantities free and price others by how much of them is used."""
    for meter in draw.sample(METERS, 4):
        for file in ("allowances", "tier_schedules"):
            for number, scope in enumerate(draw.choice(SCOPES)):
                name = f"{contract.name}_{file}_{meter}_{number}"
                row = {"contract_id": contract.name, "meter": meter} | scope
                if file == "allowances":
                    quantity = str(draw.choice((0, *_quantity_and_steps(draw, meter, 1))))
                    gateway.add(file, allowance_id=name, quantity=quantity, **row)
                else:
                    _schedule(gateway, draw, contract, row | {"tier_schedule_id": name})


def _schedule(gateway: Gateway, draw: Random, contract: Contract, row: Row) -> None:
    kind, size = draw.choice(KINDS), 1
    if kind == "package":
        is_tokens = row["meter"] in TOKENS
        size = draw.choice((1, 7, 1_000, 10**6, 10**9) if is_tokens else (1, 3, 7))
        row = row | {"package_size": str(size)}
    currency = draw.choice(("USD", "EUR", contract.currency))
    gateway.add("tier_schedules", kind=kind, currency=currency, **row)
    thresholds = sorted(
        {-(-step // size) * size for step in _quantity_and_steps(draw, row["meter"])}
    )
    for above in (0, *thresholds):
        gateway.add(
            "tier_steps",
            tier_schedule_id=row["tier_schedule_id"],
            above_quantity=str(above),
            unit_price=a_price(draw),
        )


def _quantity_and_steps(draw: Random, meter: str, least: int = 0) -> list[int]:
    """Draw quantities above zero: few, near what one request uses, or much of a month."""
    if meter not in TOKENS:
        return [draw.randint(1, 20) for _ in range(draw.randint(least, 3))]
    sizes = (1, BAND, draw.randint(1, 5_000), draw.randint(1, 10**9), draw.randint(1, 10**10))
    return [draw.choice(sizes) for _ in range(draw.randint(least, 3))]


def _discounts(gateway: Gateway, draw: Random, contract: Contract) -> None:
    for priority in range(1, draw.randint(0, 4) + 1):
        gateway.add(
            "discounts",
            discount_id=f"{contract.name}_d{priority}",
            contract_id=contract.name,
            priority=str(priority),
            discount_pct=draw.choice(PERCENTAGES),
            valid_from_date=draw.choice((ALWAYS, "2026-10-11")),
            valid_to_date=draw.choice(("", "", "2026-10-21")),
            **draw.choice(_discount_scopes(draw)),
        )


def _discount_scopes(draw: Random) -> tuple[Row, ...]:
    return (
        {},
        {},
        {"model_id": draw.choice(sorted(MODELS))},
        {"family": draw.choice(FAMILIES)},
        {"provider": draw.choice(PROVIDERS), "service_tier": draw.choice(TIERS)},
        {"meter": draw.choice(METERS)},
        {"service_tier": draw.choice(TIERS)},
    )


def _bounds(gateway: Gateway, draw: Random, contract: Contract) -> None:
    """A minimum, a maximum, of the month or of a term that ends in it; within the contract."""
    amounts = (an_amount(draw, contract.currency), an_amount(draw, contract.currency))
    lower, upper = sorted(amounts, key=Decimal)
    first, last = contract.first, contract.last
    within = [day for day in ("2026-10-09", "2026-10-31") if first < day < (last or "9999")]
    for kind, amount in (("minimum", lower), ("maximum", upper)):
        for period in ("month", "term"):
            if draw.random() < 0.8:
                continue
            is_month = period == "month"
            gateway.add(
                "spend_terms",
                spend_term_id=f"{contract.name}_{kind}_{period}",
                contract_id=contract.name,
                kind=kind,
                period=period,
                currency=contract.currency,
                amount=amount,
                valid_from_date=draw.choice([first, *within]) if is_month else first,
                valid_to_date=last or ("" if is_month else "2026-11-01"),
            )
