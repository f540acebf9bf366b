"""What dbt is told of a run by its environment.

Here: the month, how far sources could be heard, and what the rollup is right for already. Keep out:
starting dbt, and Dagster.
"""

from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from billing.clock import Clock
from billing.periods import BillingMonth
from orchestration.defs.rating.basis import RollupBasis
from orchestration.manifest import warehouse_for_dbt

ROLLUP = "path:models/staging/ingestion path:models/intermediate/ingestion"


def told_of_month(
    warehouse: Path, month: BillingMonth, clock: Clock, basis: RollupBasis
) -> AbstractContextManager[None]:
    """Tell dbt the warehouse, the month to build, and what the rollup is right for already.

    By environment and not by `--vars`: other variables make dbt parse its whole project again.
    """
    return warehouse_for_dbt(
        warehouse,
        {
            "METERBOOK_BILLING_MONTH": month.first_day.isoformat(),
            "METERBOOK_WATCHED_UNTIL": watched_until(month, clock).strftime("%Y-%m-%d %H:%M:%S"),
            "METERBOOK_SETTLED_TERMS": str(basis.term_version),
            "METERBOOK_ROLLED_UP_TO": str(basis.up_to_sequence),
            # Its log at the level `debug`, one line for each statement, costs a tenth of a build.
            "DBT_LOG_LEVEL_FILE": "info",
        },
    )


def watched_until(month: BillingMonth, clock: Clock) -> datetime:
    """Up to where sources could have been heard: the month's end in UTC, or the last whole hour."""
    whole_hour = clock.now().replace(minute=0, second=0, microsecond=0)
    return min(month.bounds("UTC")[1], whole_hour)
