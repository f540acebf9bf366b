"""Polars and pandas from raw requests to net charges, each as one would write it by hand.

Here: the same work as `peer_sql.py` in data frames. Polars counts money in Int128, in millionths
of millionths; pandas has no exact number for it, so the sums that are left, some ten thousands,
become Python's own. Keep out: comparing.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import polars as pl
from own_process import Figures
from peer_sql import BANDS, GRAIN, METERS

BILLED = ["success", "client_aborted"]
BY = GRAIN.split(", ")
ROLLED_UP = [
    *("api_key_id", "model", "service_tier", "region", "outcome", "is_byok"),
    *("context_band", "quarter_hour"),
]
BILLABLE = [
    *("organization_id", "project_id", "payer", "terms_from_at", "price_list", "model_id"),
    *("service_tier", "region", "context_band"),
]
PRICED_BY = ["price_list", "model_id", "meter", "service_tier", "context_band"]
DISCOUNTED_BY = ["organization_id", "terms_from_at", "model_id"]
TWELVE = Decimal("0.000000000001")
PICO = 10**12
MILLION = 10**6


def polars(log: Path, terms: Path, result: Path) -> Figures:
    """One lazy query, streamed."""

    def table(name: str) -> pl.LazyFrame:
        return pl.scan_parquet(terms / f"{name}.parquet")

    band = pl.lit(0, pl.Int32)
    for step in reversed(BANDS):
        band = (
            pl.when(pl.sum_horizontal(METERS[:5]) > step)
            .then(pl.lit(step, pl.Int32))
            .otherwise(band)
        )
    rollup = (
        pl.scan_parquet(log)
        .unique("request_id", keep="any")
        .with_columns(context_band=band, quarter_hour=pl.col("completed_at").dt.truncate("15m"))
        .group_by(ROLLED_UP)
        .agg(pl.col(METERS).sum(), requests=pl.len())
    )
    charges = (
        rollup.filter(pl.col("outcome").is_in(BILLED) & ~pl.col("is_byok"))
        .join(table("keys").filter(pl.col("payer") != "subscription"), on="api_key_id")
        .join(table("names"), left_on="model", right_on="name")
        .join(table("stretches"), on="organization_id")
        .filter(pl.col("quarter_hour").is_between("starts_at", "ends_at", closed="left"))
        .group_by(BILLABLE)
        .agg(pl.col(METERS).sum())
        .unpivot(METERS, index=BILLABLE, variable_name="meter", value_name="quantity")
        .filter(pl.col("quantity") != 0)
        .join(table("prices").with_columns(_whole("unit_price", PICO)), on=PRICED_BY)
        .group_by(BY)
        .agg(pl.col("quantity").sum(), pl.col("unit_price").first())
        .with_columns(amount=pl.col("quantity").cast(pl.Int128) * pl.col("unit_price"))
        .join(
            table("discounts").with_columns(
                _whole("first_pct", MILLION), _whole("second_pct", MILLION)
            ),
            on=DISCOUNTED_BY,
            how="left",
        )
        .with_columns(pl.col("first_pct", "second_pct").fill_null(0))
        .with_columns(net=pl.col("amount") - _share("amount", "first_pct"))
        .with_columns(net=pl.col("net") - _share("net", "second_pct"))
        .select(*BY, "quantity", "amount", "net")
        .collect(engine="streaming")
    )
    _from_whole(charges).write_parquet(result)
    return {}


def _whole(column: str, parts: int) -> pl.Expr:
    """A decimal as the whole number of its parts."""
    return (pl.col(column) * parts).cast(pl.Int128).alias(column)


def _share(amount: str, millionths: str) -> pl.Expr:
    """A percentage of an amount, rounded half up; nothing in the month is below zero."""
    return (pl.col(amount) * pl.col(millionths) + MILLION // 2) // MILLION


def _from_whole(charges: pl.DataFrame) -> pl.DataFrame:
    texts = {
        name: [str(Decimal(value).scaleb(-12)) for value in charges[name].to_list()]
        for name in ("amount", "net")
    }
    return charges.with_columns(pl.Series(name, texts[name]) for name in texts)


def pandas(log: Path, terms: Path, result: Path) -> Figures:
    """Frames in memory, texts as categories, and Python's decimals for money."""
    import pandas as pd  # noqa: PLC0415  # only where it is installed
    import pyarrow.parquet as pq  # noqa: PLC0415

    texts = ["api_key_id", "model", "service_tier", "region", "outcome"]
    columns = ["request_id", *texts, "is_byok", "completed_at", *METERS]
    requests = pq.read_table(log, columns=columns, read_dictionary=texts).to_pandas(
        self_destruct=True, split_blocks=True
    )
    requests = requests[~requests["request_id"].duplicated()].drop(columns="request_id")
    edges = [-1, *reversed(BANDS), 2**62]
    whole = requests[list(METERS[:5])].sum(axis=1)
    requests["context_band"] = pd.cut(whole, edges, labels=[0, *reversed(BANDS)]).astype("int32")
    requests["quarter_hour"] = requests.pop("completed_at").dt.floor("15min")
    rollup = requests.groupby(ROLLED_UP, observed=True)[list(METERS)].sum().reset_index()

    def table(name: str) -> Any:  # noqa: ANN401  # a pandas frame
        return pd.read_parquet(terms / f"{name}.parquet")

    rollup = rollup[rollup["outcome"].isin(BILLED) & ~rollup["is_byok"]]
    rollup = rollup.astype(dict.fromkeys(texts, "object"))
    keys = table("keys").query("payer != 'subscription'")
    placed = rollup.merge(keys, on="api_key_id")
    placed = placed.merge(table("names"), left_on="model", right_on="name")
    placed = placed.merge(table("stretches"), on="organization_id")
    hour = placed["quarter_hour"]
    placed = placed[(hour >= placed["starts_at"]) & (hour < placed["ends_at"])]
    sums = placed.groupby(BILLABLE)[list(METERS)].sum().reset_index()
    metered = sums.melt(BILLABLE, list(METERS), "meter", "quantity").query("quantity != 0")
    priced = metered.merge(table("prices"), on=PRICED_BY)
    grouped = priced.groupby(BY).agg({"quantity": "sum", "unit_price": "first"}).reset_index()
    charges = grouped.merge(table("discounts"), on=DISCOUNTED_BY, how="left")
    _discount(charges)
    charges[[*BY, "quantity", "amount", "net"]].to_parquet(result)
    return {}


def _discount(charges: Any) -> None:  # noqa: ANN401  # a pandas frame
    """Amounts as Python's decimals, as text."""
    amounts, nets = [], []
    for quantity, unit, first, second in zip(
        *(charges[name] for name in ("quantity", "unit_price", "first_pct", "second_pct")),
        strict=True,
    ):
        amount = net = Decimal(int(quantity)) * unit
        for percent in (first, second):
            if isinstance(percent, Decimal):
                net -= (net * percent).quantize(TWELVE, ROUND_HALF_UP)
        amounts.append(str(amount))
        nets.append(str(net))
    charges["amount"], charges["net"] = amounts, nets


PEERS: dict[str, Callable[[Path, Path, Path], Figures]] = {"Polars": polars, "pandas": pandas}
