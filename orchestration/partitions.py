"""The month partitions every closing asset shares.

Here: which months exist. The last one is the month of the injected clock. Keep out: when an
organization's month ends, which depends on its zone (`billing.periods`).
"""

import os
import warnings

from dagster import BackfillPolicy, BetaWarning, MonthlyPartitionsDefinition

from billing.clock import Clock, clock_from
from billing.periods import BillingMonth

# The policy is explicit on purpose; that its parameter is beta is known.
warnings.filterwarnings("ignore", message=".*backfill_policy.*", category=BetaWarning)

FIRST_MONTH = "2024-01"


def months_until(clock: Clock) -> MonthlyPartitionsDefinition:
    """Months from the first one to the clock's own; moving on by itself with the real clock."""
    if clock.fixed is None:
        return MonthlyPartitionsDefinition(start_date=FIRST_MONTH, end_offset=1, fmt="%Y-%m")
    end = BillingMonth.of(clock.fixed.date()).next
    return MonthlyPartitionsDefinition(start_date=FIRST_MONTH, end_date=str(end), fmt="%Y-%m")


MONTHS = months_until(clock_from(os.environ))
ONE_MONTH_PER_RUN = BackfillPolicy.multi_run(max_partitions_per_run=1)
