"""Rules about the price book: when and where a price holds, and for which names.

Here: gaps between dated prices, windows that collide, uplifts, percentages off and patterns.
Keep out: amounts and currencies (`rules_prices`).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import polars as pl

from billing.catalog.checking import Tables, found
from billing.catalog.clock import open_quarter_hours
from billing.catalog.files import FILES
from billing.catalog.files.list_prices import PRICE_SCOPE
from billing.errors import Problem

A_YEAR = timedelta(days=366)
PRICED = ("model_id", "meter", "service_tier")


def dated_prices_leave_no_gap(tables: Tables) -> list[Problem]:
    """Check that what has a price keeps one until its last row ends.

    Prices above a threshold, of a region or of a window may come and go: there the plain price
    of the model, meter and tier stands in.
    """
    is_plain = (
        (pl.col("context_above_tokens") == 0)
        & (pl.col("region") == "")
        & (pl.col("price_window_id") == "")
    )
    rows = tables["prices"].drop_nulls(["valid_from_at", "valid_to_at"])
    after = (
        rows.filter(is_plain | ~is_plain.any().over(PRICED))
        .sort("valid_from_at", "row")
        .with_columns(ended=pl.col("valid_to_at").cum_max().shift(1).over(PRICED))
        .filter(pl.col("valid_from_at") > pl.col("ended"))
    )
    message = pl.format(
        "{}, {}, tier {} has no price from {} to {}", *PRICED, "ended", "valid_from_at"
    )
    remedy = "Append the price that held in between, or let the row before end where this starts."
    return found(after.sort("row"), FILES["prices"], "valid_from_at", message, remedy)


def windows_of_one_price_are_never_open_together(tables: Tables) -> list[Problem]:
    """Check that no usage meets two windowed prices of the same scope."""
    scope = [name for name in PRICE_SCOPE if name not in ("price_window_id", "currency")]
    names = [*scope, "row", "valid_from_at", "valid_to_at", "price_window_id"]
    rows = tables["prices"].filter(pl.col("price_window_id") != "").select(names)
    pairs = (
        rows.join(rows, on=scope, suffix="_first")
        .filter(
            pl.col("row_first") < pl.col("row"),
            pl.col("price_window_id_first") != pl.col("price_window_id"),
            pl.col("valid_from_at_first") < pl.col("valid_to_at"),
            pl.col("valid_from_at") < pl.col("valid_to_at_first"),
        )
        .with_columns(
            first_at=pl.max_horizontal("valid_from_at", "valid_from_at_first"),
            last_at=pl.min_horizontal("valid_to_at", "valid_to_at_first"),
        )
    )
    wrong = [pair for pair in pairs.iter_rows(named=True) if _meet(tables["price_windows"], pair)]
    message = pl.format(
        "{} is open together with {} of row {}",
        "price_window_id",
        "price_window_id_first",
        "row_first",
    )
    remedy = "Let one window end where the other starts."
    table = pl.DataFrame(wrong, schema=pairs.schema)
    return found(table.sort("row"), FILES["prices"], "price_window_id", message, remedy)


def _meet(windows: pl.DataFrame, pair: Mapping[str, Any]) -> bool:
    """Whether both windows are ever open at once within a year of both prices' first instant."""
    ids = [pair["price_window_id"], pair["price_window_id_first"]]
    first_at, last_at = pair["first_at"], pair["last_at"]
    both = windows.filter(pl.col("price_window_id").is_in(ids))
    hours = open_quarter_hours(both, first_at, min(last_at, first_at + A_YEAR))
    return bool(hours["quarter_hour"].is_duplicated().any())


def an_uplift_names_a_model_of_its_provider(tables: Tables) -> list[Problem]:
    """Check that an uplift of one model belongs to that model's provider."""
    owner = tables["models"].select("model_id", owner="provider")
    foreign = (
        tables["region_uplifts"]
        .join(owner, on="model_id")
        .filter(pl.col("owner") != pl.col("provider"))
    )
    message = pl.format("{} is a model of {}", "model_id", "owner")
    remedy = "Name the model's own provider."
    return found(foreign, FILES["region_uplifts"], "provider", message, remedy)


def a_percentage_off_has_one_scope(tables: Tables) -> list[Problem]:
    """Check that an adjustment is for a model, a family, a provider or everything."""
    names = ("model_id", "family", "provider")
    scopes = pl.sum_horizontal((pl.col(name) != "").cast(pl.Int32) for name in names)
    several = tables["price_adjustments"].filter(scopes > 1)
    message = pl.format("names {} of model, family and provider", scopes)
    remedy = "Fill in one of model_id, family and provider, or none for everything."
    return found(several, FILES["price_adjustments"], "model_id", message, remedy)


RULES = (
    (dated_prices_leave_no_gap, ("prices",)),
    (windows_of_one_price_are_never_open_together, ("prices", "price_windows")),
    (an_uplift_names_a_model_of_its_provider, ("region_uplifts", "models")),
    (a_percentage_off_has_one_scope, ("price_adjustments",)),
)
