"""Reminders of overdue invoices in Dagster: a job of one step, once a day.

Here: when it runs, and what a run says. Keep out: the steps (`orchestration.reminders`).
"""

from dagster import (
    MetadataValue,
    OpExecutionContext,
    RunRequest,
    ScheduleEvaluationContext,
    in_process_executor,
    job,
    op,
    schedule,
)

from billing.errors import MeterbookError
from orchestration.reminders import remind as remind_customers
from orchestration.resources import Installation


@op
def reminders(context: OpExecutionContext, installation: Installation) -> None:
    """Raise the reminders that are due and write their letters.

    Fails, with all else done, when a letter could not be written.
    """
    reminded = remind_customers(installation.home, installation.clock)
    folders = [str(each.relative_to(installation.home.root)) for each in reminded.letters]
    context.add_output_metadata(
        {
            "raised": MetadataValue.int(len(reminded.raised)),
            "letters": MetadataValue.json(folders),
        }
    )
    if reminded.refused:
        raise MeterbookError("\n".join(reminded.refused))


@job(
    executor_def=in_process_executor,
    description="Remind customers of overdue invoices, and write the letters.",
)
def remind() -> None:
    """Remind customers of overdue invoices, and write the letters."""
    reminders()


@schedule(job=remind, cron_schedule="35 6 * * *", execution_timezone="UTC")
def remind_daily(context: ScheduleEvaluationContext) -> RunRequest:
    """Once a day, and not at a minute at which a close or a refresh starts."""
    del context
    return RunRequest()
