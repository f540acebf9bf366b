"""Random organizations with allowances and tiers, and their usage.

Here: catalog rows and three deliveries, made from a seed; late, taken-back and moved usage
included. Keep out: expectations, which are that both engines agree and nothing is lost.
"""

from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from tests.dbt_project.volume_month import (
    COUNTED,
    MODELS,
    MONTHS,
    Files,
    Row,
    add_customer,
    add_price_book,
    event,
    no_customers,
)

ZONES = ("UTC", "Asia/Kolkata", "America/New_York", "Europe/Berlin")
START = datetime(2026, 9, 30, 12)  # noqa: DTZ001 - as stored
SCOPES: tuple[tuple[Row, ...], ...] = (
    (),
    ({},),
    ({"model_id": "alpha"},),
    ({"model_group_id": "pair"},),
    ({"model_id": "alpha"}, {"model_group_id": "pair"}),
    ({"model_id": "beta"}, {"model_id": "alpha"}),
)


def random_customers(seed: int, number: int) -> tuple[Files, list[str]]:
    """Return the catalog rows of random customers, and their ids."""
    random = Random(seed)  # noqa: S311 - no secrets
    files, ids = no_customers(), [f"org_{each:04d}" for each in range(number)]
    add_price_book(files)
    for organization in ids:
        currency = random.choice(("USD", "EUR", "JPY"))
        short = add_customer(files, organization, currency, random.choice(ZONES))
        cut = random.sample(["2026-10-11", "2026-11-05"], random.randint(0, 1))
        for place, (start, end) in enumerate(pairwise(["2026-01-01", *cut, ""])):
            contract = f"contract_{short}_{place}"
            dates = {"valid_from_date": start, "valid_to_date": end}
            files["contracts"].append(
                {"contract_id": contract, "organization_id": organization,
                 "price_by": "answered", "exchange_source": "ecb", **dates}
            )  # fmt: skip
            _terms(files, contract, dates, random)
    return files, ids


def _terms(files: Files, contract: str, dates: Row, random: Random) -> None:
    if random.random() < 0.3:
        files["exchange_terms"].append(
            {"contract_id": contract, "date_rule": random.choice(("daily", "daily", "invoice_date")),
             "max_age_days": 366, "price_digits": random.choice((3, 8, 12))}
        )  # fmt: skip
    if random.random() < 0.5:
        files["discounts"].append(
            {"discount_id": f"disc_{contract}", "contract_id": contract, "name": "d",
             "priority": 1, "discount_pct": "0.125", "model_id": random.choice(("", "alpha")),
             **dates}
        )  # fmt: skip
    if random.random() < 0.5:
        files["contract_prices"].append(
            {"contract_price_id": f"cp_{contract}", "contract_id": contract, "model_id": "beta",
             "meter": "input_uncached", "service_tier": "default", "context_above_tokens": 0,
             "currency": "USD", "unit_price": "0.07", "valid_from_date": "2026-10-20",
             "valid_to_date": ""}
        )  # fmt: skip
    if random.random() < 0.3:
        files["price_adjustments"].append(
            {"adjustment_id": f"off_{contract}", "contract_id": contract, "model_id": "",
             "family": "", "provider": "", "off_pct": "0.2", **dates}
        )  # fmt: skip
    for meter in random.sample((*COUNTED, "request"), 2):
        for kind in ("allowances", "tier_schedules"):
            for scope in random.choice(SCOPES):
                name = f"{kind}/{contract}/{meter}/{len(files[kind])}"
                row = {"contract_id": contract, "name": name, "meter": meter, "model_id": "",
                       "model_group_id": "", **scope, **dates}  # fmt: skip
                if kind == "allowances":
                    quantity = random.choice((0, 1, random.randint(2, 400)))
                    files[kind].append({"allowance_id": name, **row, "quantity": quantity})
                else:
                    files[kind].append({"tier_schedule_id": name, **row})
                    _schedule(files, files[kind][-1], random)


def _schedule(files: Files, row: Row, random: Random) -> None:
    kind = random.choice(("graduated", "volume", "package"))
    size = random.choice((1, 7, 25, 100)) if kind == "package" else 0
    row |= {"kind": kind, "currency": "USD", "package_size": size or ""}
    for step in [0, *sorted(random.sample(range(1, 40), random.randint(0, 3)))]:
        price = f"{random.randint(0, 3)}.{random.randint(0, 999999999999):012d}"
        above = {"above_quantity": step * (size or 10), "unit_price": price}
        files["tier_steps"].append({"tier_schedule_id": row["tier_schedule_id"], **above})


def random_events(seed: int, ids: list[str]) -> list[Row]:
    """Return three deliveries: October, then late ones with what they take back or move."""
    random = Random(seed)  # noqa: S311 - no secrets
    events: list[Row] = []
    for organization in ids:
        delivered: list[Row] = []
        for file in range(1, len(MONTHS) + 1):
            new = [_event(organization, file, n, random) for n in range(random.randint(0, 12))]
            for old in random.sample(delivered, min(len(delivered), random.randint(0, 2))):
                new.append(old | {"kind": "reversal", "ingest_sequence": file})
                if random.random() < 0.5:
                    moved = old["completed_at"] + timedelta(hours=random.randint(0, 3))
                    new.append(old | {"completed_at": moved, "ingest_sequence": file,
                                      "native_id": old["native_id"] + "+"})  # fmt: skip
                delivered.remove(old)
            delivered += [row for row in new if row["kind"] == "usage"]
            events += new
    return events


def _event(organization: str, file: int, number: int, random: Random) -> Row:
    used: Row = {
        "project": random.choice((1, 2)),
        "model": random.choice(MODELS),
        "input_uncached": random.choice((0, 1, random.randint(2, 120))),
        "output_visible": random.choice((0, random.randint(1, 80))),
        "image": random.choice((None, None, 3)),
        "region": random.choice(("", "eu")),
    }
    # the logs of the second key may count requests themselves, where they have a price
    if (used["project"], used["model"]) == (2, "beta"):
        used["request"] = random.choice((None, 0, 1, 2))
    at = START + timedelta(minutes=random.randint(0, 60 * 24 * 31 * file))
    return event(organization, file, number, at, used)
