"""Whether every source was heard.

Here: silent stretches as a warning on Dagster's page. It never stops a close: what is missing may
still come, and what came is right. Keep out: which hours are expected (`source_coverage`).
"""

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSeverity,
    MetadataValue,
    TableRecord,
    asset_check,
)

from billing.ingestion.silence import Silence, silences_of
from billing.periods import BillingMonth
from orchestration.defs.ingestion.assets import POOL
from orchestration.resources import Installation

COVERAGE = ["usage", "source_coverage"]
SHOWN = 100


def result_of(silences: list[Silence]) -> AssetCheckResult:
    """Passed when there are none; otherwise a warning that names source and stretch."""
    records = [
        TableRecord(
            {
                "source": silence.source_id,
                "from_at": f"{silence.from_at:%Y-%m-%d %H:%M}",
                "to_at": f"{silence.to_at:%Y-%m-%d %H:%M}",
                "hours": silence.hours,
            }
        )
        for silence in silences[:SHOWN]
    ]
    table = {"silent": MetadataValue.table(records)} if records else {}
    return AssetCheckResult(
        passed=not silences,
        severity=AssetCheckSeverity.WARN,
        metadata={"stretches": MetadataValue.int(len(silences)), **table},
    )


@asset_check(asset=COVERAGE, blocking=False, pool=POOL)
def no_source_fell_silent(
    context: AssetCheckExecutionContext, installation: Installation
) -> AssetCheckResult:
    """A source that is never silent was heard in every hour of the month."""
    month = BillingMonth.parse(context.run.tags["dagster/partition"])
    with installation.warehouse() as connection:
        return result_of(silences_of(connection, month))
