"""The Dagster instance of one home.

Here: where runs are recorded, the pool that lets one step at a time write, and which runs are
still alive. Keep out: definitions.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from billing.clock import Clock
from billing.home import Home

SETTINGS = """\
# One step at a time may write to the warehouse.
concurrency:
  pools:
    default_limit: 1
# A run that found the warehouse busy is tried again.
run_retries:
  enabled: true
  max_retries: 3
nux:
  enabled: false
telemetry:
  enabled: false
event_log_storage:
  module: orchestration.history
  class: RunHistory
  config:
    base_dir: {history}
"""

MARK_WITHIN_SECONDS = 60
"""How long a run that has started may take until it shows that it lives."""


def prepare_instance(home: Home) -> Path:
    """The instance folder of a home, with its settings written."""
    home.prepare()
    settings = home.dagster / "dagster.yaml"
    history = json.dumps(os.fspath((home.dagster / "history" / "runs").absolute()))
    text = SETTINGS.format(history=history)
    if not settings.exists() or settings.read_text() != text:
        settings.write_text(text)
    return home.dagster


@contextmanager
def marked_alive(home: Home, run_id: str) -> Iterator[None]:
    """Show that a run's process lives, while it works or waits for the home."""
    mark = _mark(home, run_id)
    mark.parent.mkdir(parents=True, exist_ok=True)
    with mark.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        try:
            yield
        finally:
            mark.unlink(missing_ok=True)


def bury_dead_runs(instance: DagsterInstance, home: Home) -> None:
    """End runs whose process was killed, and free the pool slots they still hold.

    Without this the next run would wait for its slot for ever. A run that lives holds its mark,
    also while it waits for the home. One that started just now may not have made it yet, and holds
    no slot before. Raises WarehouseBusyError when another process works in the home.
    """
    now = Clock().now().timestamp()  # the one that Dagster writes down, whatever month it is
    with home.exclusive():
        for record in instance.get_run_records(RunsFilter(statuses=[DagsterRunStatus.STARTED])):
            run = record.dagster_run
            if _is_dead(_mark(home, run.run_id), now - (record.start_time or 0)):
                instance.report_run_failed(run, "The process of this run was killed.")
                instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
                _mark(home, run.run_id).unlink(missing_ok=True)


def _mark(home: Home, run_id: str) -> Path:
    return home.dagster / "alive" / run_id


def _is_dead(mark: Path, seconds: float) -> bool:
    """Whether no process holds a run's mark; one that never made it has had its time."""
    try:
        with mark.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return seconds > MARK_WITHIN_SECONDS
    except BlockingIOError:
        return False
    return True


def open_instance(home: Home) -> DagsterInstance:
    """The instance in which a home's runs are recorded, also those of the command line."""
    return DagsterInstance.from_config(os.fspath(prepare_instance(home)))
