"""Rows of text become rows of values.

Here: the exact reading of every column (money never passes a float) and the end of open
validity. Keep out: refusing; a value that cannot be read is null here and named elsewhere.
"""

from datetime import date, datetime

import polars as pl

from billing.catalog.columns import INSTANT, read
from billing.catalog.files import CatalogFile
from billing.catalog.files.list_prices import PRICE_SCOPE
from billing.catalog.reading import ROW

LAST_DAY = date(9999, 12, 31)
LAST_INSTANT = datetime(9999, 12, 31)  # noqa: DTZ001 - warehouse instants are UTC without a zone


def typed(file: CatalogFile, text: pl.DataFrame) -> pl.DataFrame:
    """Return the file's rows with their types; an empty open end becomes 9999-12-31.

    Optional text stays an empty string; whatever cannot be read is null.
    """
    return text.select(ROW, *(_column(file, name) for name in file.columns))


def _column(file: CatalogFile, name: str) -> pl.Expr:
    dtype = file.dtype(name)
    value = read(pl.col(name), dtype)
    if file.is_open_end(name):
        last = LAST_INSTANT if dtype == INSTANT else LAST_DAY
        value = pl.when(pl.col(name) == "").then(pl.lit(last, dtype=dtype)).otherwise(value)
    return value.alias(name)


def close_open_prices(prices: pl.DataFrame) -> pl.DataFrame:
    """End each open price row where the next row of its scope begins.

    This is what lets a price change be appended without editing a committed row. A row that
    names its own end keeps it, so a later row inside it is an overlap.
    """
    key = [*PRICE_SCOPE, "valid_from_at"]
    starts = (
        prices.select(key)
        .unique()
        .sort("valid_from_at", nulls_last=True)
        .with_columns(pl.col("valid_from_at").shift(-1).over(PRICE_SCOPE).alias("following"))
    )
    is_open = pl.col("valid_to_at") == LAST_INSTANT
    ends = pl.when(is_open & pl.col("following").is_not_null()).then("following")
    return (
        prices.join(starts, on=key, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(ends.otherwise("valid_to_at").alias("valid_to_at"))
        .drop("following")
    )
