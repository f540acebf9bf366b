"""The Dagster instance of one home.

Here: where runs are recorded, and the pool that lets one step at a time write. Keep out:
definitions.
"""

import json
import os
from pathlib import Path

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

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


def prepare_instance(home: Home) -> Path:
    """The instance folder of a home, with its settings written."""
    home.prepare()
    settings = home.dagster / "dagster.yaml"
    history = json.dumps(os.fspath((home.dagster / "history" / "runs").absolute()))
    text = SETTINGS.format(history=history)
    if not settings.exists() or settings.read_text() != text:
        settings.write_text(text)
    return home.dagster


def bury_dead_runs(instance: DagsterInstance, home: Home) -> None:
    """End runs whose process was killed, and free the pool slots they still hold.

    Every run holds the home for its length, so whoever gets hold of it knows that a run still
    marked as started is dead. Without this the next run would wait for its slot for ever.
    Raises WarehouseBusyError when a run is alive.
    """
    with home.exclusive():
        for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED])):
            instance.report_run_failed(run, "The process of this run was killed.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def open_instance(home: Home) -> DagsterInstance:
    """The instance in which a home's runs are recorded, also those of the command line."""
    return DagsterInstance.from_config(os.fspath(prepare_instance(home)))
