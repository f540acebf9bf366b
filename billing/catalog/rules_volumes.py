"""Rules about allowances and tier schedules: what they cover and whether their steps are whole.

Here: a term's models, two terms over the same usage, steps from zero upwards, packages and
currencies. Keep out: what a column alone can tell.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import polars as pl

from billing.catalog.checking import Tables, found
from billing.catalog.files import FILES
from billing.errors import Problem

TERMS = {"allowances": "allowance_id", "tier_schedules": "tier_schedule_id"}
LARGEST_PACKAGE = 1_000_000_000
Row = dict[str, Any]


def a_term_names_its_models_once(tables: Tables) -> list[Problem]:
    """Check that a term names a model, or a group of models, or neither."""
    problems = []
    for name in TERMS:
        both = tables[name].filter((pl.col("model_id") != "") & (pl.col("model_group_id") != ""))
        message = pl.format("{} stands beside model_id {}", "model_group_id", "model_id")
        remedy = "Name one model, or one group, or leave both empty for all models."
        problems += found(both, FILES[name], "model_group_id", message, remedy)
    return problems


def usage_has_one_term_of_a_kind(tables: Tables) -> list[Problem]:
    """Check that no two allowances, and no two schedules, of a contract cover the same usage."""
    members: dict[str, set[str]] = {}
    for group, model in tables["model_groups"].select("model_group_id", "model_id").iter_rows():
        members.setdefault(group, set()).add(model)
    return [problem for name in TERMS for problem in _shared_usage(name, tables[name], members)]


def _shared_usage(
    name: str, table: pl.DataFrame, members: dict[str, set[str]]
) -> Iterator[Problem]:
    whole = table.drop("package_size", strict=False).drop_nulls()
    rows = whole.sort("contract_id", "meter", "row").to_dicts()
    for _, group in groupby(rows, key=lambda row: (row["contract_id"], row["meter"])):
        own = list(group)
        for place, row in enumerate(own):
            for earlier in own[:place]:
                if _same_days(earlier, row) and _share_models(earlier, row, members):
                    yield Problem(
                        FILES[name].file_name,
                        f"{row[TERMS[name]]} covers usage of {row['meter']} that "
                        f"{earlier[TERMS[name]]} in row {earlier['row']} covers at the same time",
                        "Let one end (valid_to_date) where the other starts, or give them "
                        "models of their own.",
                        row["row"],
                        "valid_from_date",
                    )


def _same_days(one: Row, other: Row) -> bool:
    return bool(
        one["valid_from_date"] < other["valid_to_date"]
        and other["valid_from_date"] < one["valid_to_date"]
    )


def _share_models(one: Row, other: Row, members: dict[str, set[str]]) -> bool:
    left, right = (_models(row, members) for row in (one, other))
    return left is None or right is None or not left.isdisjoint(right)


def _models(row: Row, members: dict[str, set[str]]) -> set[str] | None:
    """Return the models a term covers, None for all."""
    if row["model_id"]:
        return {row["model_id"]}
    return members.get(row["model_group_id"], set()) if row["model_group_id"] else None


def a_schedule_has_steps_from_zero(tables: Tables) -> list[Problem]:
    """Check that every schedule has a first step above 0, so that no quantity is without a price."""
    schedules = FILES["tier_schedules"]
    first = (
        tables["tier_steps"]
        .drop_nulls()
        .group_by("tier_schedule_id", maintain_order=True)
        .agg(pl.col("above_quantity").min(), pl.col("row").sort_by("above_quantity").first())
    )
    empty = tables["tier_schedules"].join(first, on="tier_schedule_id", how="anti")
    message = pl.format("{} has no steps", "tier_schedule_id")
    remedy = "Add its steps to tier_steps.csv, the first with above_quantity 0."
    problems = found(empty, schedules, "tier_schedule_id", message, remedy)
    gap = first.filter(pl.col("above_quantity") > 0)
    message = pl.format(
        "leaves a gap: the first step of {} starts above {}", "tier_schedule_id", "above_quantity"
    )
    remedy = "Add the step with above_quantity 0."
    return problems + found(gap, FILES["tier_steps"], "above_quantity", message, remedy)


def a_package_has_its_size(tables: Tables) -> list[Problem]:
    """Check that packages, and only they, have a size, and that steps start with a new package."""
    file, table = FILES["tier_schedules"], tables["tier_schedules"]
    size, is_package = pl.col("package_size"), pl.col("kind") == "package"
    wrong = table.filter(is_package != size.is_not_null())
    message = pl.format("does not fit kind {}", "kind")
    remedy = "Kind package names its package_size; all others leave it empty."
    problems = found(wrong, file, "package_size", message, remedy)
    off = table.filter(is_package & ((size < 1) | (size > LARGEST_PACKAGE)))
    message = pl.format("{} is no size of a package", "package_size")
    remedy = f"Write a number from 1 to {LARGEST_PACKAGE}."
    problems += found(off, file, "package_size", message, remedy)
    steps = tables["tier_steps"].join(
        table.filter(is_package & (size > 0)).select("tier_schedule_id", "package_size"),
        on="tier_schedule_id",
    )
    split = steps.filter(pl.col("above_quantity") % size != 0)
    message = pl.format("{} lies inside a package of {}", "above_quantity", "package_size")
    remedy = "Use a multiple of the package_size: a package has one price."
    return problems + found(split, FILES["tier_steps"], "above_quantity", message, remedy)


def a_schedule_can_be_converted(tables: Tables) -> list[Problem]:
    """Check that a schedule in another currency than the invoices has an exchange rate."""
    contracts = tables["contracts"].select("contract_id", "organization_id", "exchange_source")
    billed = tables["billing_profiles"].select("organization_id", billed="currency")
    pairs = tables["exchange_rates"].select(
        exchange_source="source", currency="base_currency", billed="quote_currency"
    )
    foreign = (
        tables["tier_schedules"]
        .join(contracts, on="contract_id")
        .join(billed, on="organization_id")
        .filter(pl.col("currency") != pl.col("billed"))
        .join(pairs, on=["exchange_source", "currency", "billed"], how="anti")
    )
    message = pl.format(
        "is {}, but it is billed in {} and no rate of {} is known",
        "currency",
        "billed",
        pl.when(pl.col("exchange_source") == "")
        .then(pl.lit("its contract"))
        .otherwise("exchange_source"),
    )
    remedy = "Use the currency of billing_profiles.csv, or add the rate to exchange_rates.csv."
    return found(foreign, FILES["tier_schedules"], "currency", message, remedy)


RULES = (
    (a_term_names_its_models_once, ("allowances", "tier_schedules")),
    (usage_has_one_term_of_a_kind, ("allowances", "tier_schedules", "model_groups")),
    (a_schedule_has_steps_from_zero, ("tier_schedules", "tier_steps")),
    (a_package_has_its_size, ("tier_schedules", "tier_steps")),
    (
        a_schedule_can_be_converted,
        ("tier_schedules", "contracts", "billing_profiles", "exchange_rates"),
    ),
)
