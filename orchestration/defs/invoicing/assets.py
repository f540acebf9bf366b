"""From audited marts to documents in the books.

Here: the snapshot of the books, the audit's findings, drafts and finalized documents. Keep out:
watermark, rounding and numbering rules (`billing.invoicing`) and how documents look.
"""

from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetSpec, MaterializeResult, asset, multi_asset
from dagster_dbt import DbtCliResource

from billing.invoicing.snapshot import TABLES
from billing.periods import BillingMonth
from orchestration.amending import amend
from orchestration.closing import audit, draft, finalize, snapshot
from orchestration.dbt import model_keys
from orchestration.defs.catalog.assets import CATALOG_TABLES
from orchestration.defs.ingestion.assets import POOL
from orchestration.defs.rating.assets import MANIFEST
from orchestration.partitions import MONTHS, ONE_MONTH_PER_RUN
from orchestration.reporting import totals_table
from orchestration.resources import CloseOptions, Installation

FINDING = ["audit", "finding"]
DRAFT = ["documents", "draft"]
FINALIZED = ["documents", "finalized"]


@multi_asset(
    specs=[
        AssetSpec(
            ["books", table],
            deps=[["catalog", catalog_table] for catalog_table in CATALOG_TABLES],
            group_name="invoicing",
            kinds={"sqlite", "duckdb"},
        )
        for table in TABLES
    ],
    partitions_def=MONTHS,
    backfill_policy=ONE_MONTH_PER_RUN,
    pool=POOL,
)
def books_snapshot(
    context: AssetExecutionContext,
    dbt: DbtCliResource,
    installation: Installation,
    options: CloseOptions,
) -> Iterator[MaterializeResult[None]]:
    """What the books decided, for dbt to read: watermarks, routes, balances, amendments."""
    month = BillingMonth.parse(context.partition_key)
    with installation.warehouse() as connection, installation.books() as books:
        snapshot(connection, books, month, use_drafts=options.finalize)
    amend(installation, dbt, month)
    with installation.warehouse() as connection:
        for table in TABLES:
            rows = connection.sql(f"select count(*) from books.{table}").fetchall()[0][0]
            yield MaterializeResult(asset_key=["books", table], metadata={"rows": rows})


@asset(
    key=FINDING,
    deps=model_keys(MANIFEST),
    group_name="invoicing",
    kinds={"python"},
    partitions_def=MONTHS,
    backfill_policy=ONE_MONTH_PER_RUN,
    pool=POOL,
)
def audit_findings(
    context: AssetExecutionContext, installation: Installation
) -> MaterializeResult[None]:
    """The month counted and computed a second time; every difference is a row."""
    month = BillingMonth.parse(context.partition_key)
    with installation.warehouse() as connection, installation.books() as books:
        rows = audit(
            connection, books, installation.home.catalog_in_force, installation.clock, month
        )
    return MaterializeResult(metadata={"findings": rows})


@asset(
    key=DRAFT,
    deps=[FINDING],
    group_name="invoicing",
    kinds={"json"},
    partitions_def=MONTHS,
    backfill_policy=ONE_MONTH_PER_RUN,
    pool=POOL,
)
def draft_documents(
    context: AssetExecutionContext, installation: Installation, options: CloseOptions
) -> MaterializeResult[None]:
    """Drafts of every organization nothing stands against, remembered with their watermark."""
    month = BillingMonth.parse(context.partition_key)
    with installation.warehouse() as connection, installation.books() as books:
        drafts = draft(
            connection,
            books,
            month,
            clock=installation.clock,
            documents=installation.home.documents,
            chosen=options.organizations,
        )
    return MaterializeResult(
        metadata={"documents": len(drafts), "totals": totals_table([d.data for d in drafts])}
    )


@asset(
    key=FINALIZED,
    deps=[DRAFT],
    group_name="invoicing",
    kinds={"json", "sqlite"},
    partitions_def=MONTHS,
    backfill_policy=ONE_MONTH_PER_RUN,
    pool=POOL,
)
def finalized_documents(
    context: AssetExecutionContext, installation: Installation, options: CloseOptions
) -> MaterializeResult[None]:
    """Numbers, hashes and watermarks, one organization at a time; only when asked to finalize."""
    month = BillingMonth.parse(context.partition_key)
    if not options.finalize:
        return MaterializeResult(metadata={"documents": 0})
    with installation.warehouse() as connection, installation.books() as books:
        numbers = finalize(
            connection,
            books,
            month,
            clock=installation.clock,
            chosen=options.organizations,
            catalog=installation.home.catalog_in_force,
        )
    return MaterializeResult(metadata={"documents": len(numbers), "numbers": numbers})
