"""Random chains of subscriptions: what dbt charges and gives back, against the second engine.

Starts, gaps of days (none among them), plans and models, ends and breaks are drawn from a seed;
both implementations have to find the same lines in two months, to the cent.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import polars as pl

from billing.audit.catalog_rows import Subscription, SubscriptionItem
from billing.audit.fees import fees_of
from billing.audit.local_time import NO_DAY, add_months
from billing.audit.tax import Tax
from billing.catalog.chains import with_changes
from tests.billing.audit.test_rules import _files
from tests.dbt_project.customers import NOVEMBER, OCTOBER
from tests.dbt_project.warehouse import built, insert

CHAINS = 120
FEES = {"small": Decimal("20.01"), "large": Decimal("99.00"), "free": Decimal(0)}
GAPS = (0, 0, 1, 3, 14, 15, 28, 30, 31, 45)
TAX = Tax("S", Decimal("0.19"))
LINES = """
select organization_id, corrects_month, line_kind, plan_id, model_id, period_first_date,
    period_last_date, fee_amount
from intermediate.int_subscriptions__fee_lines where organization_id like 'chain_%' order by all
"""
Sold = dict[str, Any]


def chain(draw: Random, name: str) -> Iterator[Sold]:
    """One organization's subscriptions, most of them changed into the next one."""
    starts, before = date(2026, 7, 1) + timedelta(draw.randrange(110)), ""
    length = draw.choice((1, 2, 3, 5, 8))
    for place in range(length):
        following = starts + timedelta(draw.choice(GAPS))
        is_last, is_plan = place == length - 1, draw.random() < 0.7
        if is_last:
            open_end = draw.random() < 0.6
            following = NO_DAY if open_end else starts + timedelta(draw.randrange(1, 80))
        yield {
            "subscription_id": f"{name}_{place}",
            "organization_id": name,
            "kind": "plan" if is_plan else "custom",
            "plan_id": draw.choice(sorted(FEES)) if is_plan else "",
            "currency": "EUR",
            "starts_date": starts,
            "ends_date": following,
            "starts_at": None,
            "ends_at": None,
            "changed_from": before,
        }
        is_break = following > starts and draw.random() < 0.15
        before = "" if is_break else f"{name}_{place}"
        starts = (
            following + timedelta(draw.randrange(20)) if is_break and not is_last else following
        )


def told(sold: list[Sold], items: list[SubscriptionItem], month: date) -> list[tuple[object, ...]]:
    """The second engine's lines of every chain."""
    files = _files(plan_fees=FEES, items=tuple(items))
    found = []
    for name in {row["organization_id"] for row in sold}:
        own = [_row(row) for row in sold if row["organization_id"] == name]
        for charged_in, lines in fees_of(files, own, month, lambda _: TAX, 2).items():
            for line in lines:
                key = line.key
                what = (key.line_kind, key.plan_id, key.model_id, key.period_first_date)
                found.append((name, charged_in, *what, line.period_last_date, line.exact))
    return sorted(found)


def _row(row: Sold) -> Subscription:
    dates = (row["starts_date"], row["ends_date"], row["changed_from"])
    named = (row["subscription_id"], row["organization_id"], row["kind"], row["plan_id"])
    return Subscription(*named, *dates)


def test_both_engines_charge_and_give_back_the_same(
    october: Path, copy_of: Callable[[Path], Path]
) -> None:
    draw = Random(57)  # noqa: S311 - repeatable, not secret
    sold = [row for number in range(CHAINS) for row in chain(draw, f"chain_{number:03d}")]
    items = [
        SubscriptionItem(
            row["subscription_id"], model, "basic", Decimal(draw.randrange(30_000)) / 100
        )
        for row in sold
        if row["kind"] == "custom"
        for model in draw.sample(("claude", "gpt", "other"), 2)
    ]
    path = copy_of(october)
    months = [date.fromisoformat(OCTOBER), date.fromisoformat(NOVEMBER)]
    with duckdb.connect(str(path)) as connection:
        dated = pl.DataFrame(sold, schema_overrides={"starts_date": pl.Date, "ends_date": pl.Date})
        insert(connection, "catalog.subscriptions", with_changes(dated).to_dicts())
        insert(
            connection,
            "catalog.plans",
            [
                {"plan_id": name, "name": name, "currency": "EUR", "monthly_fee": fee}
                for name, fee in FEES.items()
            ],
        )
        names = ("subscription_id", "model_id", "service_tier", "monthly_fee")
        rows = [{name: getattr(item, name) for name in names} for item in items]
        insert(connection, "catalog.subscription_items", rows)
        documents = [
            {
                "organization_id": name,
                "payer": "subscription",
                "service_month": add_months(month, -1),
                "corrects_month": add_months(month, -1),
                "billing_month": month,
                "number": "INV-1",
            }
            for name in sorted({row["organization_id"] for row in sold})
            for month in months
        ]
        insert(connection, "books.corrected_document", documents)
    given_back = 0
    for month in months:
        models = ("int_subscriptions__fee_parts", "int_subscriptions__fee_lines")
        only = ("--select", *models, "--exclude-resource-type", "unit_test")
        built(path, *only, month=month.isoformat())
        with duckdb.connect(str(path), read_only=True) as connection:
            lines = connection.execute(LINES).fetchall()
        assert lines == told(sold, items, month)
        given_back += sum(line[1] < month for line in lines)
    assert given_back > 10
