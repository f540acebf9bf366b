"""The catalog as tables.

Here: one step that checks the catalog files and replaces every catalog table. Keep out: what a
valid catalog is (`billing.catalog`).
"""

from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetSpec, MaterializeResult, multi_asset

from billing.catalog.files import FILES
from billing.periods import BillingMonth
from billing.subscriptions import write_in_force
from orchestration.accepting import remember_how_payments_are_taxed, require_unedited
from orchestration.covered import load_covered
from orchestration.defs.ingestion.assets import POOL
from orchestration.partitions import MONTHS, ONE_MONTH_PER_RUN
from orchestration.resources import Installation

CATALOG_TABLES = (
    *FILES,
    "rating_slice",
    "price_clock",
    "open_price_window",
    "exchange_day",
    "exchange_rate_of_month",
    "exchange_rate_of_day",
    "tax_rate_of_month",
    "minor_unit",
    "fingerprint",
)


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
    """Check the catalog files, also against what was accepted, and load them, all or none."""
    month = BillingMonth.parse(context.partition_key)
    with installation.warehouse() as connection, installation.books() as books:
        home = installation.home
        catalog = write_in_force(home.catalog, books, home.written_catalog)
        require_unedited(catalog, books)
        rows = load_covered(connection, books, catalog, month)
        remember_how_payments_are_taxed(catalog, books)
    for table in CATALOG_TABLES:
        yield MaterializeResult(asset_key=["catalog", table], metadata={"rows": rows[table]})
