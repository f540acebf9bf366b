"""Rules about amendments: they reach back.

Here: what a row of amendments.csv may name. Keep out: whether the month was invoiced, which the
books know and a close tells.
"""

import polars as pl

from billing.catalog.checking import Tables, found
from billing.catalog.files import FILES
from billing.catalog.files.amendments import MONTH
from billing.errors import Problem


def an_amended_month_was_over(tables: Tables) -> list[Problem]:
    """Check that an amendment names a month before the one it was recorded in."""
    recorded = pl.col("recorded_date").dt.strftime("%Y-%m")
    is_month = pl.col("service_month").str.contains(MONTH)
    early = tables["amendments"].filter(is_month & (pl.col("service_month") >= recorded))
    message = pl.format("{} was not over on {}", "service_month", "recorded_date")
    remedy = "A month that is not invoiced yet needs no amendment: its terms count as they stand."
    return found(early, FILES["amendments"], "service_month", message, remedy)


RULES = ((an_amended_month_was_over, ("amendments",)),)
