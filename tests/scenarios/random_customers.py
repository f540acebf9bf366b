"""Customers with random agreements and random usage, all of one gateway.

Here: making them up from a seed. Every term a contract can have is drawn for some of them, and
amounts are chosen to fall on halves, on thresholds and on nothing. Add a draw when the catalog
gains a term. Keep out: expectations; the two engines and the laws of documents judge.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from tests.scenarios.cases import COMMON, Row, rows_of

ZONES = (
    "UTC",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/New_York",
    "Europe/Berlin",
    "Pacific/Auckland",
)
CURRENCIES = ("USD", "USD", "EUR", "JPY", "KWD")
DIGITS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
KINDS = ("coupon", "coupon", "promotional", "service", "purchased", "committed")
TREATMENTS = ("untaxed", "german", "german")
MODELS = ("alpha", "beta", "gamma")
METERS = ("input_uncached", "cache_read", "output_visible")
OUTCOMES = ("success",) * 8 + ("client_aborted", "upstream_error", "rate_limited")
BAND = 200_000
RATE_DAYS = ("2026-09-30", "2026-10-07", "2026-10-14", "2026-10-21", "2026-10-30")
"""The first and the last are also those of the common catalog."""
DAILY_SHARE = 0.2
MONTH_STARTS = datetime(2026, 10, 1, tzinfo=UTC)
MONTH_DAYS = 31
PRICES = [
    {"price_id": f"{model}_{meter}_{tier}_{band}", "model_id": model, "meter": meter}
    | {"service_tier": tier, "context_above_tokens": str(band)}
    for model in MODELS
    for meter in METERS
    for tier in ("default", "batch")
    for band in ((0, BAND) if model == "gamma" else (0,))
]


@dataclass
class Gateway:
    """Rows of the catalog by file, and the requests of the month."""

    catalog: dict[str, list[Row]] = field(default_factory=dict)
    requests: list[Row] = field(default_factory=list)

    def add(self, file: str, **row: str) -> None:
        self.catalog.setdefault(file, []).append(row)


def random_gateway(seed: int, customers: int) -> Gateway:
    """Draw so many customers; the same seed draws the same ones."""
    draw = Random(seed)  # noqa: S311 - repeatable, not secret
    gateway = Gateway()
    for path in sorted((COMMON / "catalog").glob("*.csv")):
        gateway.catalog[path.stem] = rows_of(path)
    gateway.catalog["models"] = [{"model_id": model} for model in MODELS]
    gateway.catalog["prices"] = [row | {"unit_price": _price(draw)} for row in PRICES]
    rates = gateway.catalog["exchange_rates"]
    gateway.catalog["exchange_rates"] = [row for row in rates if row["rate_date"] < "2027"]
    for day in RATE_DAYS:
        _rate(gateway, "ecb", ("USD", "KWD"), day, "0.30689")
    for day in RATE_DAYS[1:-1]:
        _rate(gateway, "ecb", ("USD", "EUR"), day, f"0.8{draw.randint(1, 10**7)}")
        _rate(gateway, "ecb", ("USD", "JPY"), day, f"15{draw.randint(0, 9)}.3")
    _rate(gateway, "ledger", ("KWD", "EUR"), RATE_DAYS[-1], "2.81234567")
    for number in range(customers):
        _customer(gateway, draw, f"{number:05d}")
    return gateway


def _rate(gateway: Gateway, source: str, pair: tuple[str, str], day: str, rate: str) -> None:
    base, quote = pair
    row = {"source": source, "base_currency": base, "quote_currency": quote, "rate_date": day}
    gateway.add("exchange_rates", **row, rate=rate)


def _customer(gateway: Gateway, draw: Random, name: str) -> None:
    organization, currency = f"org_{name}", draw.choice(CURRENCIES)
    gateway.add("organizations", organization_id=organization)
    gateway.add(
        "billing_profiles",
        organization_id=organization,
        zone=draw.choice(ZONES),
        currency=currency,
        tax_treatment_id=draw.choice(TREATMENTS),
    )
    for project in ("a", "b"):
        gateway.add("projects", project_id=f"p_{name}_{project}", organization_id=organization)
        gateway.add(
            "api_keys",
            api_key_id=f"k_{name}_{project}",
            organization_id=organization,
            project_id=f"p_{name}_{project}",
        )
    for contract, first, last in _contracts(draw, name):
        gateway.add(
            "contracts",
            contract_id=contract,
            organization_id=organization,
            valid_from_date=first,
            valid_to_date=last,
        )
        if draw.random() < DAILY_SHARE:
            term = {"contract_id": contract, "max_age_days": "31", "price_digits": "12"}
            gateway.add("exchange_terms", date_rule="daily", **term)
        _contract_prices(gateway, draw, contract)
        _discounts(gateway, draw, contract)
        _bounds(gateway, draw, (contract, first, last), currency)
    _credits(gateway, draw, organization, currency)
    gateway.requests.extend(_requests(draw, name))


def _contracts(draw: Random, name: str) -> Iterator[tuple[str, str, str]]:
    """One contract, or one that follows another in the middle of the month."""
    if draw.random() < 0.7:
        yield f"c_{name}", "2025-01-01", ""
        return
    change = f"2026-10-{draw.randint(2, 30):02d}"
    yield f"c_{name}_1", "2025-01-01", change
    yield f"c_{name}_2", change, ""


def _contract_prices(gateway: Gateway, draw: Random, contract: str) -> None:
    for model in MODELS:
        for meter in METERS:
            if draw.random() < 0.2:
                gateway.add(
                    "contract_prices",
                    contract_price_id=f"{contract}_{model}_{meter}",
                    contract_id=contract,
                    model_id=model,
                    meter=meter,
                    unit_price=_price(draw),
                )


def _discounts(gateway: Gateway, draw: Random, contract: str) -> None:
    for priority in range(1, draw.randint(0, 3) + 1):
        gateway.add(
            "discounts",
            discount_id=f"{contract}_d{priority}",
            contract_id=contract,
            priority=str(priority),
            discount_pct=draw.choice(("0.1", "0.125", "0.333333", "0.5", "1", "0.000001")),
            model_id=draw.choice(("", "", *MODELS)),
            valid_from_date=draw.choice(("2025-01-01", "2026-10-11")),
            valid_to_date=draw.choice(("", "", "2026-10-21")),
        )


def _bounds(gateway: Gateway, draw: Random, contract: tuple[str, str, str], currency: str) -> None:
    """A minimum, a maximum, of the month or of a term that ends in it; within the contract."""
    name, first, last = contract
    lower, upper = sorted((_money(draw, currency), _money(draw, currency)), key=Decimal)
    within = [day for day in ("2026-10-09", "2026-10-31") if first < day < (last or "9999")]
    for kind, amount in (("minimum", lower), ("maximum", upper)):
        for period in ("month", "term"):
            if draw.random() < 0.8:
                continue
            is_month = period == "month"
            gateway.add(
                "spend_terms",
                spend_term_id=f"{name}_{kind}_{period}",
                contract_id=name,
                kind=kind,
                period=period,
                currency=currency,
                amount=amount,
                valid_from_date=draw.choice([first, *within]) if is_month else first,
                valid_to_date=last or ("" if is_month else "2026-11-01"),
            )


def _credits(gateway: Gateway, draw: Random, organization: str, currency: str) -> None:
    for number in range(draw.choice((0, 0, 1, 2, 5))):
        kind = draw.choice(KINDS)
        is_balance = kind in {"purchased", "committed"}
        repeats = "once" if is_balance else draw.choice(("once", "monthly"))
        gateway.add(
            "credits",
            credit_id=f"cr_{organization}_{number}",
            organization_id=organization,
            kind=kind,
            name=f"{kind} {number}",
            currency=currency,
            amount=_money(draw, currency),
            repeats=repeats,
            months=draw.choice(("0", "1", "2")) if repeats == "monthly" else "0",
            valid_from_date=draw.choice(("2026-01-01", "2026-09-30", "2026-10-31", "2026-11-01")),
            valid_to_date=draw.choice(("", "2026-11-02", "2026-12-01", "2027-01-01")),
        )


def _money(draw: Random, currency: str) -> str:
    """An amount above zero in whole minor units: a few of them, or many."""
    units = draw.choice((1, draw.randint(1, 1_000), draw.randint(1, 10**7)))
    return format(Decimal(units).scaleb(-DIGITS[currency]), "f")


def _price(draw: Random) -> str:
    """A price per unit with up to twelve decimals, now and then nothing."""
    return format(
        Decimal(draw.choice((0, 1, 5, 125, 999_999, draw.randint(1, 10**7)))).scaleb(
            -draw.choice((6, 7, 9, 12))
        ),
        "f",
    )


def _requests(draw: Random, name: str) -> Iterator[Row]:
    for number in range(draw.randint(0, 25)):
        seconds = draw.randint(-86_400, (MONTH_DAYS + 1) * 86_400)
        quarter = draw.random() < 0.2
        at = MONTH_STARTS + timedelta(seconds=seconds - seconds % 900 if quarter else seconds)
        tier = draw.choice(("default", "default", "batch"))
        yield {
            "request_id": f"{name}-{number}",
            "completed_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "api_key_id": f"k_{name}_{draw.choice('ab')}",
            "model": draw.choice(MODELS),
            "service_tier": tier,
            "service_tier_served": tier,
            "outcome": draw.choice(OUTCOMES),
            "input_uncached": str(_tokens(draw)),
            "cache_read": str(draw.choice((0, 0, _tokens(draw)))),
            "output_visible": str(_tokens(draw)),
        }


def _tokens(draw: Random) -> int:
    """A count near a threshold, small, or large."""
    return draw.choice(
        (0, 1, BAND - 1, BAND, BAND + 1, draw.randint(1, 5_000), draw.randint(1, 10**9))
    )
