"""Customers with random agreements and random usage, all of one gateway.

Here: making them up from a seed, with who they are and the credits they have. Everything the
catalog can say about money is drawn for some of them. Keep out: the price book, what contracts
say and what is used, which have modules of their own; and expectations: the two engines and the
laws of documents judge.
"""

from collections.abc import Iterator
from random import Random

from tests.scenarios.cases import COMMON, rows_of
from tests.scenarios.random_agreements import Contract, add_terms
from tests.scenarios.random_price_book import add_price_book
from tests.scenarios.random_rows import ALWAYS, Gateway, a_quarter_hour, an_amount
from tests.scenarios.random_usage import requests_of

ZONES = (
    "UTC",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/New_York",
    "Europe/Berlin",
    "Pacific/Auckland",
)
CURRENCIES = ("USD", "USD", "EUR", "JPY", "KWD")
KINDS = ("coupon", "coupon", "promotional", "service", "purchased", "committed")
TREATMENTS = ("untaxed", "german", "german")


def random_gateway(seed: int, customers: int) -> Gateway:
    """Draw so many customers; the same seed draws the same ones."""
    draw = Random(seed)  # noqa: S311 - repeatable, not secret
    gateway = Gateway()
    for path in sorted((COMMON / "catalog").glob("*.csv")):
        gateway.catalog[path.stem] = rows_of(path)
    add_price_book(gateway, draw)
    for number in range(customers):
        _customer(gateway, draw, f"{number:05d}")
    return gateway


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
    price_by = draw.choice(("answered", "answered", "requested"))
    for contract in _contracts(draw, name, currency):
        gateway.add(
            "contracts",
            contract_id=contract.name,
            organization_id=organization,
            price_by=price_by,
            valid_from_date=contract.first,
            valid_to_date=contract.last,
        )
        add_terms(gateway, draw, contract)
    _credits(gateway, draw, organization, currency)
    keys = list(_keys(gateway, draw, name, currency))
    gateway.requests.extend(requests_of(draw, name, keys))


def _keys(gateway: Gateway, draw: Random, name: str, currency: str) -> Iterator[str]:
    """Yield a key of each of two projects, and for some one that pays from a balance."""
    organization = f"org_{name}"
    for project in ("a", "b"):
        row = {"organization_id": organization, "project_id": f"p_{name}_{project}"}
        gateway.add("projects", **row)
        gateway.add("api_keys", api_key_id=f"k_{name}_{project}", **row)
        yield f"k_{name}_{project}"
    if draw.random() < 0.2:
        gateway.add("api_keys", api_key_id=f"k_{name}_c", payer="balance", **row)
        yield f"k_{name}_c"
        for number in range(draw.randint(0, 2)):
            gateway.add(
                "top_ups",
                top_up_id=f"tu_{name}_{number}",
                organization_id=organization,
                occurred_at=a_quarter_hour(draw),
                currency=currency,
                amount=an_amount(draw, currency),
                kind=draw.choice(("purchased", "promotional")),
            )


def _contracts(draw: Random, name: str, currency: str) -> Iterator[Contract]:
    """One contract, or one that follows another in the middle of the month."""
    if draw.random() < 0.7:
        yield Contract(f"c_{name}", ALWAYS, "", currency)
        return
    change = f"2026-10-{draw.randint(2, 30):02d}"
    yield Contract(f"c_{name}_1", ALWAYS, change, currency)
    yield Contract(f"c_{name}_2", change, "", currency)


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
            amount=an_amount(draw, currency),
            repeats=repeats,
            months=draw.choice(("0", "1", "2")) if repeats == "monthly" else "0",
            valid_from_date=draw.choice(("2026-01-01", "2026-09-30", "2026-10-31", "2026-11-01")),
            valid_to_date=draw.choice(("", "2026-11-02", "2026-12-01", "2027-01-01")),
        )
