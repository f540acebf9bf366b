"""Rules about what plans include and charge beyond it.

Here: rows that no usage of their plan can meet, and rows that would charge one usage twice. Keep
out: what a column alone can tell, and what an overage comes to (`dbt_project`).
"""

import polars as pl

from billing.catalog.checking import Tables, found
from billing.catalog.files import FILES
from billing.errors import Problem

OVERAGES = FILES["plan_overages"]
GENERATING = ("image", "video")
"""Modalities of models whose requests are counted by generation, as for caps."""
_PLACE = ["plan_id", "counted"]


def an_overage_is_of_a_model_of_its_plan(tables: Tables) -> list[Problem]:
    """Check that a row for one model names a model that the plan includes."""
    included = tables["plan_models"].select("plan_id", "model_id")
    named = tables["plan_overages"].filter(pl.col("model_id") != "")
    foreign = named.join(included, on=["plan_id", "model_id"], how="anti")
    message = pl.format("{} is no model of {}", "model_id", "plan_id")
    remedy = "Add it to plan_models.csv, or leave model_id empty for all models of the plan."
    return found(foreign, OVERAGES, "model_id", message, remedy)


def usage_is_over_one_quantity_alone(tables: Tables) -> list[Problem]:
    """Check that no two rows of a plan count the same usage."""
    rows = tables["plan_overages"]
    place = [*_PLACE, "model_id"]
    first = pl.col("row").min().over(place)
    repeated = rows.with_columns(first=first).filter(pl.col("row") > pl.col("first"))
    message = pl.format("{} of {} are in row {} already", "counted", "plan_id", "first")
    remedy = "Keep one row."
    problems = found(repeated, OVERAGES, "counted", message, remedy)
    shared = rows.filter(pl.col("model_id") == "")
    of_all = shared.group_by(_PLACE).agg(pl.col("row").min().alias("all_row"))
    beside = rows.filter(pl.col("model_id") != "").join(of_all, on=_PLACE).sort("row")
    message = pl.format(
        "{} of {} are counted by row {} too, which is for all models",
        "counted",
        "model_id",
        "all_row",
    )
    remedy = "Write one row for all models, or one for each, leaving none empty."
    return problems + found(beside, OVERAGES, "model_id", message, remedy)


def generations_are_of_models_that_generate(tables: Tables) -> list[Problem]:
    """Check that generations are counted where a model of image or video can make some."""
    models = tables["models"].filter(pl.col("modality").is_in(GENERATING))
    generating = tables["plan_models"].join(models.select("model_id"), on="model_id", how="semi")
    rows = tables["plan_overages"].filter(pl.col("counted") == "generations")
    shared, named = rows.filter(pl.col("model_id") == ""), rows.filter(pl.col("model_id") != "")
    without = shared.join(generating, on="plan_id", how="anti")
    message = pl.format("{} has no model of images or videos", "plan_id")
    remedy = "Count tokens or requests."
    problems = found(without, OVERAGES, "counted", message, remedy)
    textual = named.join(models.select("model_id"), on="model_id", how="anti")
    known = textual.join(tables["models"].select("model_id"), on="model_id", how="semi")
    message = pl.format("{} makes no images or videos", "model_id")
    return problems + found(known, OVERAGES, "counted", message, remedy)


RULES = (
    (an_overage_is_of_a_model_of_its_plan, ("plan_overages", "plan_models")),
    (usage_is_over_one_quantity_alone, ("plan_overages",)),
    (generations_are_of_models_that_generate, ("plan_overages", "plan_models", "models")),
)
