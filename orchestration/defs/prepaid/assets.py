"""Forecasts of prepaid balances and the alerts that follow.

Here: two steps after the models of a month; the second lists what it raised as a warning that
stops nothing. Keep out: forecasting and crossings (`billing.prepaid`).
"""

from collections.abc import Iterator

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetSpec,
    MaterializeResult,
    MetadataValue,
    TableRecord,
    asset,
    multi_asset,
)

from billing.books.alerts import Alert
from billing.prepaid.alerting import raise_alerts
from billing.prepaid.forecasts import write_forecasts
from orchestration.defs.ingestion.assets import POOL
from orchestration.partitions import MONTHS, ONE_MONTH_PER_RUN
from orchestration.resources import Installation

FORECASTS = ["finance", "prepaid_forecasts"]
ALERTS = ["prepaid", "alert"]
CHECK = "no_balance_runs_low"
SHOWN = 100


@asset(
    key=FORECASTS,
    deps=[
        ["finance", "prepaid_balance_daily"],
        ["finance", "prepaid_exhaustions"],
        ["finance", "fct_prepaid_deductions"],
    ],
    group_name="prepaid",
    kinds={"python", "duckdb"},
    partitions_def=MONTHS,
    backfill_policy=ONE_MONTH_PER_RUN,
    pool=POOL,
)
def prepaid_forecasts(
    context: AssetExecutionContext, installation: Installation
) -> MaterializeResult[None]:
    """When each prepaid balance will be out, expected and pessimistic, as of the newest usage."""
    del context
    with installation.warehouse() as connection:
        forecasts = write_forecasts(connection, installation.clock)
    return MaterializeResult(metadata={"balances": len(forecasts)})


@multi_asset(
    specs=[
        AssetSpec(
            ALERTS,
            deps=[FORECASTS, ["catalog", "balance_alerts"], ["catalog", "auto_top_ups"]],
            group_name="prepaid",
            kinds={"sqlite"},
        )
    ],
    check_specs=[AssetCheckSpec(CHECK, asset=ALERTS, blocking=False)],
    partitions_def=MONTHS,
    backfill_policy=ONE_MONTH_PER_RUN,
    pool=POOL,
)
def balance_alerts(
    context: AssetExecutionContext, installation: Installation
) -> Iterator[MaterializeResult[None]]:
    """Alerts on balances and requests for automatic top-ups, each crossing once."""
    del context
    with installation.warehouse() as connection, installation.books() as books:
        raised = raise_alerts(connection, books, installation.clock)
    yield MaterializeResult(
        asset_key=ALERTS, metadata={"alerts": len(raised)}, check_results=[result_of(raised)]
    )


def result_of(raised: list[Alert]) -> AssetCheckResult:
    """Passed when nothing was raised; otherwise a warning that lists what was."""
    records = [
        TableRecord(
            {
                "alert": alert.alert_id,
                "kind": alert.alert_kind,
                "organization": alert.organization_id,
                "threshold": alert.threshold,
                "as_of": f"{alert.as_of:%Y-%m-%dT%H:%M:%SZ}",
                "balance": str(alert.payload["balance"]),
            }
        )
        for alert in raised[:SHOWN]
    ]
    table = {"raised": MetadataValue.table(records)} if records else {}
    return AssetCheckResult(
        check_name=CHECK,
        passed=not raised,
        severity=AssetCheckSeverity.WARN,
        metadata={"alerts": MetadataValue.int(len(raised)), **table},
    )
