"""Whether keys were used in their time only, and within their limits.

Here: usage on invalid keys and crossed limits as warnings on Dagster's page. They never stop a
close. Keep out: which usage that is (`usage_on_invalid_keys`, `cap_alerts`).
"""

from collections.abc import Sequence

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSeverity,
    MetadataValue,
    TableRecord,
    asset_check,
)

from billing.periods import BillingMonth
from billing.subscriptions.caps import CapAlert, alerts_of
from billing.subscriptions.misuse import Misuse, misuses_of
from orchestration.defs.ingestion.assets import POOL
from orchestration.resources import Installation

FINDINGS = ["usage", "usage_on_invalid_keys"]
ALERTS = ["usage", "cap_alerts"]
SHOWN = 100


def result_of(misuses: list[Misuse]) -> AssetCheckResult:
    """Passed when there are none; otherwise a warning that names key, reason and days."""
    return _warning("keys", "findings", misuses)


def result_of_alerts(alerts: list[CapAlert]) -> AssetCheckResult:
    """Passed when there are none; otherwise a warning that names limit, threshold and instant."""
    return _warning("alerts", "crossed", alerts)


def _warning(
    counted: str, shown: str, found: Sequence[Misuse] | Sequence[CapAlert]
) -> AssetCheckResult:
    records = [
        TableRecord({name: str(value) for name, value in vars(each).items()})
        for each in found[:SHOWN]
    ]
    table = {shown: MetadataValue.table(records)} if records else {}
    return AssetCheckResult(
        passed=not found,
        severity=AssetCheckSeverity.WARN,
        metadata={counted: MetadataValue.int(len(found)), **table},
    )


@asset_check(asset=FINDINGS, blocking=False, pool=POOL)
def no_key_was_used_out_of_its_time(
    context: AssetCheckExecutionContext, installation: Installation
) -> AssetCheckResult:
    """No request of the month was served on a key that was not valid."""
    month = BillingMonth.parse(context.run.tags["dagster/partition"])
    with installation.warehouse() as connection:
        return result_of(misuses_of(connection, month))


@asset_check(asset=ALERTS, blocking=False, pool=POOL)
def no_limit_was_crossed(
    context: AssetCheckExecutionContext, installation: Installation
) -> AssetCheckResult:
    """No subscription or key came to 80 % of a limit in the month, or was seen to reach one."""
    month = BillingMonth.parse(context.run.tags["dagster/partition"])
    with installation.warehouse() as connection:
        return result_of_alerts(alerts_of(connection, month))
