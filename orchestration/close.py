"""Closing a month from the command line: the same assets as the schedule, in this process.

Here: one run of the `close_month` job and what came of it. Keep out: the steps themselves.
"""

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO

from dagster import DagsterEventType, ExecuteInProcessResult

from billing.clock import Clock
from billing.errors import MeterbookError
from billing.home import Home
from billing.periods import BillingMonth
from orchestration.build import build_definitions
from orchestration.instance import bury_dead_runs, open_instance

REFUSALS = {each.__name__ for each in (MeterbookError, *MeterbookError.__subclasses__())}


@dataclass(frozen=True)
class Step:
    """One step of the run and its wall time in seconds."""

    name: str
    seconds: float


def run_close(
    home: Home,
    clock: Clock,
    month: BillingMonth,
    *,
    finalize: bool,
    organizations: Sequence[str],
    verbose: bool = False,
) -> list[Step]:
    """Run every asset of one month. Raises MeterbookError when a step could not be done."""
    definitions = build_definitions(home, clock)
    level = "INFO" if verbose else "CRITICAL"
    options = {"finalize": finalize, "organizations": list(organizations)}
    log = sys.stderr if verbose else StringIO()
    with open_instance(home) as instance, redirect_stdout(log):
        bury_dead_runs(instance, home)
        result = definitions.resolve_job_def("close_month").execute_in_process(
            instance=instance,
            partition_key=str(month),
            raise_on_error=False,
            run_config={
                "resources": {"options": {"config": options}},
                "loggers": {"console": {"config": {"log_level": level}}},
            },
        )
        if not result.success:
            raise MeterbookError(_why_it_failed(month, result))
        return _steps(result)


def _steps(result: ExecuteInProcessResult) -> list[Step]:
    return [
        Step(event.step_key or "", round(event.step_success_data.duration_ms / 1000, 3))
        for event in result.all_events
        if event.event_type == DagsterEventType.STEP_SUCCESS
    ]


def _why_it_failed(month: BillingMonth, result: ExecuteInProcessResult) -> str:
    """What refused each failed step, in its own words; else the innermost error."""
    reasons = []
    for event in result.all_events:
        if event.event_type == DagsterEventType.STEP_FAILURE:
            error = event.step_failure_data.error
            while error is not None and error.cause is not None and error.cls_name not in REFUSALS:
                error = error.cause
            text = error.message.partition(": ")[2].strip() if error else ""
            reasons.append(f"{event.step_key}: {text or 'failed'}")
        elif event.event_type == DagsterEventType.PIPELINE_FAILURE and not reasons:
            reasons.append(event.message or "the run failed")
    return f"{month} could not be closed.\n" + "\n".join(dict.fromkeys(reasons))
