"""Subscriptions that change into one another: whose periods go on, and whose keys.

Here: the instants of subscriptions, and what each has from the one it was changed from. Keep out:
checking them (`rules_subscriptions`) and fees (`dbt_project`).
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from billing.catalog.columns import INSTANT
from billing.catalog.slices import with_instants
from billing.catalog.typed import LAST_DAY

Rows = Mapping[str, Mapping[str, Any]]


def instants_of(subscriptions: pl.DataFrame, profiles: pl.DataFrame) -> pl.DataFrame:
    """Let a subscription begin and end at the instants its row gives, else where its days do."""
    zones = profiles.select("organization_id", "zone")
    given = {"starts_at": "given_start", "ends_at": "given_end"}
    days = {"starts_date": "starts_at", "ends_date": "ends_at"}
    renamed = subscriptions.rename(given)
    zoned = renamed.join(zones, on="organization_id", how="left", maintain_order="left")
    chosen = [pl.coalesce(name, instant).alias(instant) for instant, name in given.items()]
    return with_instants(zoned, days).with_columns(chosen).drop(*given.values(), "zone")


def with_changes(subscriptions: pl.DataFrame) -> pl.DataFrame:
    """Add what the changes between checked subscriptions mean.

    `counted_from_date` and `counted_from_at` are the day and instant its periods are counted from;
    `keys_from_id` the first of those
    changes that kept its kind, whose keys go on; `changed_date` the day it was changed into
    another, or the day that never comes.
    """
    sold = {row["subscription_id"]: row for row in subscriptions.to_dicts()}
    changed = {row["changed_from"]: row["starts_date"] for row in sold.values()}
    first = [_first(sold, each) for each in sold]
    return subscriptions.with_columns(
        pl.Series("counted_from_date", [row["starts_date"] for row in first], pl.Date),
        pl.Series("counted_from_at", [row["starts_at"] for row in first], INSTANT),
        pl.Series("keys_from_id", [_keys_from(sold, each) for each in sold], pl.String),
        pl.Series("changed_date", [changed.get(each, LAST_DAY) for each in sold], pl.Date),
    )


def _first(sold: Rows, subscription_id: str) -> Mapping[str, Any]:
    row = sold[subscription_id]
    while row["changed_from"]:
        row = sold[row["changed_from"]]
    return row


def _keys_from(sold: Rows, subscription_id: str) -> str:
    row = sold[subscription_id]
    while row["changed_from"] and sold[row["changed_from"]]["kind"] == row["kind"]:
        row = sold[row["changed_from"]]
    return str(row["subscription_id"])
