"""Rules about the steps in which a seller reminds of overdue invoices.

Here: steps that are missing, stand twice, or would come before the step below them. Keep out:
when one is due (`billing.receivables.reminding`).
"""

import polars as pl

from billing.catalog.checking import Tables, found
from billing.catalog.files import FILES
from billing.errors import Problem

_STEP = ("seller_id", "step")


def steps_are_numbered_without_gaps(tables: Tables) -> list[Problem]:
    """Check that each seller has the steps 1, 2, 3, ..., each once."""
    table = tables["reminder_steps"].drop_nulls("step")
    repeated = table.filter(~pl.struct(_STEP).is_first_distinct())
    message = pl.format("{} of {} stands twice", "step", "seller_id")
    remedy = "Number the steps of a seller 1, 2, 3, ..., each once."
    problems = found(repeated, FILES["reminder_steps"], "step", message, remedy)
    after_gap = _with_step_below(table).filter(pl.col("step") > 1, pl.col("row_below").is_null())
    message = pl.format("is {}, and {} has no step before it", "step", "seller_id")
    return problems + found(after_gap, FILES["reminder_steps"], "step", message, remedy)


def a_later_step_comes_later(tables: Tables) -> list[Problem]:
    """Check that each step waits longer than the one before it."""
    steps = _with_step_below(tables["reminder_steps"].drop_nulls(["step", "days_after_due"]))
    wrong = steps.filter(pl.col("days_after_due") <= pl.col("days_below"))
    message = pl.format("is {}, and the step before it has {}", "days_after_due", "days_below")
    remedy = "Write more days than the step before has."
    return found(wrong, FILES["reminder_steps"], "days_after_due", message, remedy)


def _with_step_below(table: pl.DataFrame) -> pl.DataFrame:
    """Each row beside the row and days of its seller's step below, null where there is none."""
    below = table.unique(_STEP, keep="first", maintain_order=True).select(
        "seller_id",
        pl.col("step") + 1,
        row_below=pl.col("row"),
        days_below=pl.col("days_after_due"),
    )
    return table.join(below, on=_STEP, how="left", maintain_order="left")


RULES = (
    (steps_are_numbered_without_gaps, ("reminder_steps",)),
    (a_later_step_comes_later, ("reminder_steps",)),
)
