"""Rules about subscriptions that change into one another.

Here: what must fit where a subscription was changed into the next one. Keep out: subscriptions by
themselves (`rules_customers`), and what a change costs (`dbt_project`).
"""

import polars as pl

from billing.catalog import known
from billing.catalog.chains import instants_of
from billing.catalog.checking import Tables, found
from billing.catalog.files import FILES
from billing.errors import Problem


def a_change_begins_where_the_changed_one_ends(tables: Tables) -> list[Problem]:
    """Check that it is of the same organization and currency, and goes on at the same instant."""
    profiles = tables["billing_profiles"].filter(pl.col("zone").is_in(list(known.zones())))
    readable = tables["subscriptions"].drop_nulls(["starts_date", "ends_date"])
    sold = instants_of(readable.join(profiles, on="organization_id", how="semi"), profiles)
    before = sold.select(
        changed_from="subscription_id",
        owner="organization_id",
        sold_in="currency",
        ended_at="ends_at",
    )
    changed = sold.filter(pl.col("changed_from") != "").join(before, on="changed_from")
    apart = changed.filter(
        (pl.col("owner") != pl.col("organization_id"))
        | (pl.col("sold_in") != pl.col("currency"))
        | (pl.col("ended_at") != pl.col("starts_at"))
    )
    message = pl.format(
        "{} is of {} in {} and ends at {} UTC, this one is of {} in {} and begins at {} UTC",
        "changed_from",
        "owner",
        "sold_in",
        "ended_at",
        "organization_id",
        "currency",
        "starts_at",
    )
    remedy = "A change goes on at the very instant; leave changed_from empty for a new purchase."
    return found(apart, FILES["subscriptions"], "changed_from", message, remedy)


def a_subscription_is_changed_once(tables: Tables) -> list[Problem]:
    """Check that no two subscriptions are changed from the same one."""
    changed = tables["subscriptions"].filter(pl.col("changed_from") != "")
    first = pl.col("row").min().over("changed_from")
    repeated = changed.with_columns(first=first).filter(pl.col("row") > pl.col("first"))
    message = pl.format("{} was changed by row {} already", "changed_from", "first")
    remedy = "Name the subscription that this row really follows."
    return found(repeated, FILES["subscriptions"], "changed_from", message, remedy)


def only_a_change_ends_a_subscription_on_its_first_day(tables: Tables) -> list[Problem]:
    """Check that one that begins and ends on one day was changed into another."""
    sold = tables["subscriptions"]
    changed = sold.select(subscription_id="changed_from").unique()
    short = sold.filter(pl.col("starts_date") == pl.col("ends_date"))
    cut = short.join(changed, on="subscription_id", how="anti")
    message = pl.format("ends on {}, the day it begins on", "ends_date")
    remedy = "Let it end a day later, or name it in changed_from of the row it was changed into."
    return found(cut, FILES["subscriptions"], "ends_date", message, remedy)


RULES = (
    (a_change_begins_where_the_changed_one_ends, ("subscriptions", "billing_profiles")),
    (a_subscription_is_changed_once, ("subscriptions",)),
    (only_a_change_ends_a_subscription_on_its_first_day, ("subscriptions",)),
)
