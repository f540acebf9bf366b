"""Watches the landing folder.

Here: which files are complete and new. A file is complete when its name is final and its size
did not change between two looks. Keep out: reading what is in a file.
"""

import json
from pathlib import Path

from dagster import RunConfig, RunRequest, SensorEvaluationContext, SensorResult, sensor

from orchestration.defs.ingestion.assets import LandingBatch
from orchestration.jobs import ingest_landing
from orchestration.resources import Installation

TEMPORARY_ENDINGS = (".tmp", ".part")


def complete_files(folder: Path, seen: dict[str, int]) -> tuple[list[str], dict[str, int]]:
    """Files whose size stayed the same since the last look, and the sizes of this look.

    `seen` maps path to size; a negative size marks a file already handed on.
    """
    sizes: dict[str, int] = {}
    ready: list[str] = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith(".") or path.suffix in TEMPORARY_ENDINGS:
            continue
        size, name = path.stat().st_size, str(path)
        before = seen.get(name)
        if before == size:
            ready.append(name)
        sizes[name] = -size - 1 if before in (size, -size - 1) else size
    return ready, sizes


@sensor(job=ingest_landing, minimum_interval_seconds=60)
def landing_files(context: SensorEvaluationContext, installation: Installation) -> SensorResult:
    """One run for each batch of complete, new files."""
    seen: dict[str, int] = json.loads(context.cursor or "{}")
    ready, sizes = complete_files(installation.home.landing, seen)
    config = RunConfig(ops={"raw_usage": LandingBatch(paths=ready)})
    requests = [RunRequest(run_config=config)] if ready else []
    return SensorResult(run_requests=requests, cursor=json.dumps(sizes, sort_keys=True))
