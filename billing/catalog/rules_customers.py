"""Rules about organizations, their keys and subscriptions.

Here: what must exist for an organization, and which key may be charged to what. Keep out:
addresses and tax (`rules_parties`), amounts (`rules_prices`).
"""

from datetime import UTC
from zoneinfo import ZoneInfo

import polars as pl

from billing.catalog.checking import Tables, found
from billing.catalog.files import FILES
from billing.errors import Problem
from billing.periods import start_of_day

SUBSCRIPTION_PAYERS = ("plan", "custom")


def every_organization_is_billable(tables: Tables) -> list[Problem]:
    """Check that each organization has a billing profile and a contract."""
    problems = []
    for name in ("billing_profiles", "contracts"):
        missing = tables["organizations"].join(tables[name], on="organization_id", how="anti")
        file_name = FILES[name].file_name
        message = pl.format("{} has no row in {}", pl.col("organization_id"), pl.lit(file_name))
        problems += found(
            missing, FILES["organizations"], "organization_id", message, f"Add it to {file_name}."
        )
    return problems


def a_key_stays_in_its_organization(tables: Tables) -> list[Problem]:
    """Check that a key and its project belong to the same organization."""
    owner = tables["projects"].select("project_id", owner="organization_id")
    foreign = (
        tables["api_keys"]
        .join(owner, on="project_id")
        .filter(pl.col("owner") != pl.col("organization_id"))
    )
    message = pl.format("{} belongs to {}", pl.col("project_id"), pl.col("owner"))
    remedy = "Give the key a project of its own organization."
    return found(foreign, FILES["api_keys"], "project_id", message, remedy)


def a_key_hash_names_one_key(tables: Tables) -> list[Problem]:
    """Check that logs that carry only the hash lead to one key."""
    keys = tables["api_keys"]
    first = pl.col("row").min().over("key_sha256")
    repeated = keys.with_columns(first=first).filter(pl.col("row") > pl.col("first"))
    message = pl.format("is the hash of the key in row {} too", pl.col("first"))
    remedy = "Every key has its own hash."
    return found(repeated, FILES["api_keys"], "key_sha256", message, remedy)


def a_key_and_its_payer_agree(tables: Tables) -> list[Problem]:
    """Check that plan and custom keys name a subscription of that kind and organization; others none."""
    needs = pl.col("payer").is_in(SUBSCRIPTION_PAYERS)
    has = pl.col("subscription_id") != ""
    keys, file = tables["api_keys"], FILES["api_keys"]
    message = pl.format(
        "is {} for payer {}",
        pl.when(has).then(pl.lit("set")).otherwise(pl.lit("empty")),
        pl.col("payer"),
    )
    remedy = "Keys of payer plan or custom name their subscription, all others leave it empty."
    problems = found(keys.filter(needs != has), file, "subscription_id", message, remedy)
    owner = tables["subscriptions"].select(
        "subscription_id", owner="organization_id", subscription_kind="kind"
    )
    named = keys.filter(needs & has).join(owner, on="subscription_id")
    wrong = named.filter(
        (pl.col("owner") != pl.col("organization_id"))
        | (pl.col("subscription_kind") != pl.col("payer"))
    )
    message = pl.format(
        "{} is a {} subscription of {}",
        pl.col("subscription_id"),
        pl.col("subscription_kind"),
        pl.col("owner"),
    )
    remedy = "Name a subscription of the key's payer and organization."
    return problems + found(wrong, file, "subscription_id", message, remedy)


def a_subscription_has_its_contents(tables: Tables) -> list[Problem]:
    """Check that plan subscriptions name a plan and custom ones have items instead."""
    file, table = FILES["subscriptions"], tables["subscriptions"]
    is_plan, has_plan = pl.col("kind") == "plan", pl.col("plan_id") != ""
    message = pl.format("does not fit kind {}", pl.col("kind"))
    remedy = "Kind plan names its plan_id; kind custom leaves it empty and has items."
    problems = found(table.filter(is_plan != has_plan), file, "plan_id", message, remedy)
    empty = table.filter(~is_plan).join(
        tables["subscription_items"], on="subscription_id", how="anti"
    )
    message = pl.format("{} has no items", pl.col("subscription_id"))
    remedy = "Add its models to subscription_items.csv."
    problems += found(empty, file, "subscription_id", message, remedy)
    with_items = tables["subscription_items"].join(
        table.filter(is_plan), on="subscription_id", how="semi"
    )
    message = pl.format("{} is a plan subscription", pl.col("subscription_id"))
    remedy = "Only custom subscriptions have items; a plan's models are in plan_models.csv."
    return problems + found(
        with_items, FILES["subscription_items"], "subscription_id", message, remedy
    )


def a_subscription_instant_lies_on_its_day(tables: Tables) -> list[Problem]:
    """Check that an instant given beside a local day lies on that day of the organization."""
    zones = tables["billing_profiles"].select("organization_id", "zone")
    zoned = tables["subscriptions"].join(zones, on="organization_id")
    problems = []
    for day, instant in (("starts_date", "starts_at"), ("ends_date", "ends_at")):
        given = zoned.filter(pl.col(instant).is_not_null())
        days = [
            at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()
            for at, zone in given.select(instant, "zone").iter_rows()
        ]
        local = given.with_columns(pl.Series("local", days, dtype=pl.Date))
        elsewhere = local.filter(pl.col(day).ne_missing(pl.col("local")))
        message = pl.format("lies on {} in {}, not on {}", "local", "zone", day)
        remedy = f"Write the day it lies on into {day}, or leave {instant} empty."
        problems += found(elsewhere, FILES["subscriptions"], instant, message, remedy)
    return problems


def a_subscription_begins_when_the_one_before_has_ended(tables: Tables) -> list[Problem]:
    """Check that of two that share a day, one ends at an instant of it before the other begins."""
    zones = tables["billing_profiles"].select("organization_id", "zone")
    sold = tables["subscriptions"].join(zones, on="organization_id")
    begins = [
        given or start_of_day(day, zone).replace(tzinfo=None)
        for given, day, zone in sold.select("starts_at", "starts_date", "zone").iter_rows()
    ]
    timed = sold.with_columns(pl.Series("begins_at", begins, dtype=pl.Datetime("us")))
    ending = timed.filter(pl.col("ends_at").is_not_null()).select(
        "organization_id", before="row", begun_at="begins_at", ended_at="ends_at", day="ends_date"
    )
    shared = timed.join(
        ending, left_on=("organization_id", "starts_date"), right_on=("organization_id", "day")
    )
    early = shared.filter(
        pl.col("begins_at") < pl.col("ended_at"),
        pl.col("ends_at").is_null() | (pl.col("begun_at") < pl.col("ends_at")),
        pl.col("row") != pl.col("before"),
    )
    message = pl.format("begins before row {} has ended, at {} UTC", "before", "ended_at")
    remedy = "Write an instant of that day into starts_at that is no earlier."
    return found(early, FILES["subscriptions"], "starts_at", message, remedy)


def an_alias_is_no_model(tables: Tables) -> list[Problem]:
    """Check that a model id always means its own model."""
    models = tables["models"].select(alias="model_id", model_row="row")
    hidden = (
        tables["model_aliases"]
        .join(models, on="alias")
        .filter(pl.col("alias") != pl.col("model_id"))
    )
    message = pl.format("{} is itself a model (models.csv row {})", "alias", "model_row")
    remedy = "Remove the alias, or the model."
    return found(hidden, FILES["model_aliases"], "alias", message, remedy)


RULES = (
    (every_organization_is_billable, ("organizations", "billing_profiles", "contracts")),
    (a_key_stays_in_its_organization, ("api_keys", "projects")),
    (a_key_hash_names_one_key, ("api_keys",)),
    (a_key_and_its_payer_agree, ("api_keys", "subscriptions")),
    (a_subscription_has_its_contents, ("subscriptions", "subscription_items")),
    (a_subscription_instant_lies_on_its_day, ("subscriptions", "billing_profiles")),
    (a_subscription_begins_when_the_one_before_has_ended, ("subscriptions", "billing_profiles")),
    (an_alias_is_no_model, ("models", "model_aliases")),
)
