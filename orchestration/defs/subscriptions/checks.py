"""Whether keys were used in their time only.

Here: usage on invalid keys as a warning on Dagster's page. It never stops a close: none of it is
billed. Keep out: which usage that is (`usage_on_invalid_keys`).
"""

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSeverity,
    MetadataValue,
    TableRecord,
    asset_check,
)

from billing.periods import BillingMonth
from billing.subscriptions.misuse import Misuse, misuses_of
from orchestration.defs.ingestion.assets import POOL
from orchestration.resources import Installation

FINDINGS = ["usage", "usage_on_invalid_keys"]
SHOWN = 100


def result_of(misuses: list[Misuse]) -> AssetCheckResult:
    """Passed when there are none; otherwise a warning that names key, reason and days."""
    records = [
        TableRecord({name: str(value) for name, value in vars(misuse).items()})
        for misuse in misuses[:SHOWN]
    ]
    table = {"findings": MetadataValue.table(records)} if records else {}
    return AssetCheckResult(
        passed=not misuses,
        severity=AssetCheckSeverity.WARN,
        metadata={"keys": MetadataValue.int(len(misuses)), **table},
    )


@asset_check(asset=FINDINGS, blocking=False, pool=POOL)
def no_key_was_used_out_of_its_time(
    context: AssetCheckExecutionContext, installation: Installation
) -> AssetCheckResult:
    """No request of the month was served on a key that was not valid."""
    month = BillingMonth.parse(context.run.tags["dagster/partition"])
    with installation.warehouse() as connection:
        return result_of(misuses_of(connection, month))
