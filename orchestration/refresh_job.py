"""The refresh in Dagster: a job of one step, every five minutes.

Here: when it runs, and what a run says. Keep out: the steps (`orchestration.refreshing`).
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

from billing.errors import MeterbookError, WarehouseBusyError
from orchestration.instance import marked_alive
from orchestration.refreshing import refresh as bring_up_to_date
from orchestration.refreshing import told
from orchestration.resources import Premises


@op
def fresh_balances(context: OpExecutionContext, premises: Premises) -> None:
    """Bring balances up to date; a home that another run works in is left alone until next time.

    Fails, with all else done, when a file had to be refused.
    """
    try:
        with marked_alive(premises.home, context.run_id):
            fresh = bring_up_to_date(premises.home, premises.clock)
    except WarehouseBusyError as error:
        context.log.info("Nothing was done. %s", error)
        return
    context.add_output_metadata({"fresh": MetadataValue.json(told(fresh))})
    if fresh.refused:
        raise MeterbookError("\n".join(fresh.refused))


@job(
    executor_def=in_process_executor,
    description="Bring balances of the open month up to date from new files.",
)
def refresh() -> None:
    """Bring balances of the open month up to date from new files."""
    fresh_balances()


@schedule(job=refresh, cron_schedule="2-59/5 * * * *", execution_timezone="UTC")
def refresh_often(context: ScheduleEvaluationContext) -> RunRequest:
    """Five minutes apart, and not at the minute a close starts at."""
    del context
    return RunRequest()
