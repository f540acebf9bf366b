"""The month partitions every closing asset shares.

Here: which months exist. The last one is the month of the injected clock. Keep out: when an
organization's month ends, which depends on its zone (`billing.periods`).
"""

import os
import warnings

from dagster import (
    BackfillPolicy,
    BetaWarning,
    MonthlyPartitionsDefinition,
    PartitionsDefinition,
    StaticPartitionsDefinition,
)

from billing.clock import Clock, clock_from
from billing.periods import BillingMonth

# The policy is explicit on purpose; that its parameter is beta is known.
warnings.filterwarnings("ignore", message=".*backfill_policy.*", category=BetaWarning)

FIRST_MONTH = BillingMonth(2024, 1)


def months_until(clock: Clock) -> PartitionsDefinition[str]:
    """Months from the first one to the clock's own; moving on by itself with the real clock.

    Time-window partitions end at the machine's own time whatever is asked, so a clock that was
    set gets a list.
    """
    if clock.fixed is None:
        return MonthlyPartitionsDefinition(start_date=str(FIRST_MONTH), end_offset=1, fmt="%Y-%m")
    months = [FIRST_MONTH]
    while months[-1] < BillingMonth.of(clock.fixed.date()):
        months.append(months[-1].next)
    return StaticPartitionsDefinition([str(month) for month in months])


MONTHS = months_until(clock_from(os.environ))
ONE_MONTH_PER_RUN = BackfillPolicy.multi_run(max_partitions_per_run=1)
