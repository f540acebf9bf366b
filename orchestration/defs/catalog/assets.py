"""The catalog as tables.

Here: one step that checks the catalog files and replaces every catalog table. Keep out: what a
valid catalog is (`billing.catalog`).
"""

from collections.abc import Iterator

import duckdb
from dagster import AssetExecutionContext, AssetSpec, MaterializeResult, multi_asset

from billing.catalog import load_catalog
from billing.catalog.files import FILES
from billing.periods import BillingMonth
from orchestration.defs.ingestion.assets import POOL
from orchestration.partitions import MONTHS, ONE_MONTH_PER_RUN
from orchestration.resources import Installation

CATALOG_TABLES = (
    *FILES,
    "rating_slice",
    "price_clock",
    "open_price_window",
    "exchange_rate_of_month",
    "tax_rate_of_month",
    "minor_unit",
    "fingerprint",
)


def months_with_usage(
    connection: duckdb.DuckDBPyConnection, month: BillingMonth
) -> tuple[BillingMonth, BillingMonth]:
    """The first and last service month that accepted usage or the closing month can touch."""
    row = connection.sql(
        "select min(completed_at), max(completed_at) from raw.usage_event"
    ).fetchall()[0]
    seen = [BillingMonth.of(instant.date()) for instant in row if instant is not None]
    return min([month, *seen]), max([month, *seen])


@multi_asset(
    specs=[
        AssetSpec(["catalog", table], group_name="catalog", kinds={"csv", "duckdb"})
        for table in CATALOG_TABLES
    ],
    partitions_def=MONTHS,
    backfill_policy=ONE_MONTH_PER_RUN,
    pool=POOL,
)
def catalog_tables(
    context: AssetExecutionContext, installation: Installation
) -> Iterator[MaterializeResult[None]]:
    """Check the catalog files and load them, all or none."""
    month = BillingMonth.parse(context.partition_key)
    with installation.warehouse() as connection:
        first, last = months_with_usage(connection, month)
        rows = load_catalog(connection, installation.home.catalog, first, last)
    for table in CATALOG_TABLES:
        yield MaterializeResult(asset_key=["catalog", table], metadata={"rows": rows[table]})
