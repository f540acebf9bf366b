"""Alerts of caps and of limits of money.

Here: one step after the models of a month that writes what was crossed into the books. Keep out:
what a crossing is (`billing.subscriptions.limit_alerting`), and warnings (`checks`).
"""

from dagster import AssetExecutionContext, MaterializeResult, asset

from billing.periods import BillingMonth
from billing.subscriptions.limit_alerting import raise_limit_alerts
from orchestration.defs.ingestion.assets import POOL
from orchestration.partitions import MONTHS, ONE_MONTH_PER_RUN
from orchestration.resources import Installation


@asset(
    key=["subscriptions", "alert"],
    deps=[["usage", "cap_alerts"], ["finance", "key_spend_status"]],
    group_name="subscriptions",
    kinds={"sqlite"},
    partitions_def=MONTHS,
    backfill_policy=ONE_MONTH_PER_RUN,
    pool=POOL,
)
def limit_alerts(
    context: AssetExecutionContext, installation: Installation
) -> MaterializeResult[None]:
    """Alerts of limits that were nearly or wholly used, or are about to be, each crossing once."""
    month = BillingMonth.parse(context.partition_key)
    with installation.warehouse() as connection, installation.books() as books:
        raised = raise_limit_alerts(connection, books, installation.clock, [month])
    return MaterializeResult(metadata={"alerts": len(raised)})
