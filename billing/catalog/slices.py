"""The stretches of time within which nobody's price changes.

Here: turning local days into UTC instants and cutting each organization's months at every
instant where a price or its own terms change. All windows are half-open, in UTC. Keep out:
prices themselves; the warehouse joins them.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

import polars as pl

from billing.catalog.columns import INSTANT
from billing.catalog.typed import LAST_DAY, LAST_INSTANT
from billing.periods import BillingMonth, start_of_day

OWN_TERMS = (
    "contracts",
    "contract_prices",
    "price_adjustments",
    "discounts",
    "allowances",
    "tier_schedules",
    "spend_terms",
)
LISTED = ("prices", "region_uplifts")


def months_between(first: BillingMonth, last: BillingMonth) -> list[BillingMonth]:
    """All months from `first` to `last`, both included."""
    months = [first]
    while months[-1] < last:
        months.append(months[-1].next)
    return months


def with_instants(table: pl.DataFrame, days: Mapping[str, str]) -> pl.DataFrame:
    """Add the UTC instant at which each local day begins; `table` has a `zone` column.

    `days` maps a day column to the name of its instant column. The day that never comes
    becomes the instant that never comes.
    """
    for day, instant in days.items():
        pairs = table.select("zone", day).unique()
        starts = [_start(local, zone) for zone, local in pairs.rows()]
        known = pairs.with_columns(pl.Series(instant, starts, dtype=INSTANT))
        table = table.join(known, on=["zone", day], how="left", maintain_order="left")
    return table


def _start(day: date, zone: str) -> datetime:
    if day == LAST_DAY:
        return LAST_INSTANT
    return start_of_day(day, zone).replace(tzinfo=None)


def rating_slices(
    tables: Mapping[str, pl.DataFrame],
    months: Iterable[BillingMonth],
    days: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Slices that tile each organization's months without gap or overlap.

    Columns: organization_id, service_month, starts_at, ends_at, terms_from_at. A slice is cut
    at every instant of the price lists and at the organization's own terms; `terms_from_at` is the
    start of the stretch cut only by months and own terms. The agreements in `tables` carry
    valid_from_at and valid_to_at. A maximum cuts, for it leaves out what was used before it; a
    minimum is of the whole document and does not. Each of `days`, see `exchange_days`, is a
    stretch of its own.
    """
    bounds = month_bounds(tables["billing_profiles"], months)
    own = bounds.select("organization_id", at="starts_at", terms_at="starts_at")
    cuts = [own]
    for name in OWN_TERMS:
        table = tables[name]
        if name == "spend_terms":
            table = table.filter(pl.col("kind") == "maximum")
        for column in ("valid_from_at", "valid_to_at"):
            cut = table.select("organization_id", at=column, terms_at=column)
            cuts.append(cut)
    if days is not None:
        cuts += [
            days.select("organization_id", at=column, terms_at=column)
            for column in ("starts_at", "ends_at")
        ]
    instants = pl.concat([_instants(tables[name]) for name in LISTED]).unique()
    cuts.append(
        bounds.select("organization_id")
        .unique()
        .join(instants, how="cross")
        .with_columns(terms_at=pl.lit(None, dtype=INSTANT))
    )
    return _slices(pl.concat(cuts), bounds)


def month_bounds(profiles: pl.DataFrame, months: Iterable[BillingMonth]) -> pl.DataFrame:
    """organization_id, service_month, starts_at, ends_at of each month in the own zone."""
    rows = [(month.first_day, month.next.first_day) for month in months]
    schema = {"service_month": pl.Date, "following": pl.Date}
    days = pl.DataFrame(rows, schema=schema, orient="row")
    zones = profiles.select("zone").unique().join(days, how="cross")
    bounds = with_instants(zones, {"service_month": "starts_at", "following": "ends_at"})
    return (
        profiles.select("organization_id", "zone")
        .join(bounds, on="zone")
        .select("organization_id", "service_month", "starts_at", "ends_at")
    )


def _instants(listed: pl.DataFrame) -> pl.DataFrame:
    instants = pl.concat([listed["valid_from_at"], listed["valid_to_at"].alias("valid_from_at")])
    return instants.to_frame("at")


def _slices(cuts: pl.DataFrame, bounds: pl.DataFrame) -> pl.DataFrame:
    """Sort the cuts of each organization and close each at the next one."""
    span = bounds.group_by("organization_id").agg(
        pl.col("starts_at").min().alias("first_at"), pl.col("ends_at").max().alias("last_at")
    )
    months = bounds.select("organization_id", "service_month", at="starts_at")
    follows = pl.col("at").shift(-1).over("organization_id")
    return (
        cuts.join(span, on="organization_id")
        .filter(pl.col("at") >= pl.col("first_at"), pl.col("at") < pl.col("last_at"))
        .group_by("organization_id", "at", "last_at")
        .agg(pl.col("terms_at").max())
        .join(months, on=["organization_id", "at"], how="left")
        .sort("organization_id", "at")
        .select(
            "organization_id",
            pl.col("service_month").forward_fill().over("organization_id"),
            pl.col("at").alias("starts_at"),
            pl.coalesce(follows, "last_at").alias("ends_at"),
            pl.col("terms_at").forward_fill().over("organization_id").alias("terms_from_at"),
        )
    )
