"""Watches the landing folder.

Here: the folder, the cursor and the record of runs put together. Keep out: which files are
complete (`orchestration.landing`), and reading what is in a file.
"""

from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    RunConfig,
    RunRequest,
    RunsFilter,
    SensorEvaluationContext,
    SensorResult,
    sensor,
)

from orchestration.defs.ingestion.assets import LandingBatch
from orchestration.jobs import ingest_landing
from orchestration.landing import Fate, look, next_step, read_memory, write_memory
from orchestration.resources import Premises

RUN_KEY = "dagster/run_key"


def fate_in(instance: DagsterInstance, batch: str) -> Fate:
    """What became of the newest run of a batch; a run nobody remembers took nothing.

    Dagster's own retries carry the key of the run they repeat.
    """
    runs = instance.get_runs(RunsFilter(tags={RUN_KEY: batch}))
    if any(run.status == DagsterRunStatus.SUCCESS for run in runs):
        return Fate.TAKEN
    return Fate.OPEN if any(not run.is_finished for run in runs) else Fate.FAILED


@sensor(job=ingest_landing, minimum_interval_seconds=60)
def landing_files(context: SensorEvaluationContext, premises: Premises) -> SensorResult:
    """One run for each batch of complete files that no run has taken yet."""
    batch, memory = next_step(
        read_memory(context.cursor),
        look(premises.home.landing),
        lambda key: fate_in(context.instance, key),
    )
    requests = []
    if batch:
        paths = [str(premises.home.landing / name) for name in batch.names]
        config = RunConfig(ops={"raw_usage": LandingBatch(paths=paths)})
        requests = [RunRequest(run_key=batch.key, run_config=config)]
    return SensorResult(run_requests=requests, cursor=write_memory(memory))
