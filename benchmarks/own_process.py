"""One measurement in a process of its own, so that none inherits the memory of another.

Here: starting that process, its figures, and the ingest that most scripts measure. Keep out:
what is compared with what.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from billing.clock import Clock
from billing.ingestion import IngestReport, ingest
from billing.warehouse import open_warehouse

Figures = dict[str, Any]
NOW = datetime(2026, 11, 5, tzinfo=UTC)


def in_own_process(script: str, *arguments: object) -> Figures:
    """Run a script of this folder; it prints its figures as its only line."""
    program = [sys.executable, script, *map(str, arguments)]
    done = subprocess.run(program, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def measured(work: Callable[[], Figures]) -> Figures:
    """What `work` found, and the seconds, processor time and peak memory it took."""
    cpu, started = process_time(), perf_counter()
    found = work()
    seconds, cpu = perf_counter() - started, process_time() - cpu
    return {**found, "seconds": seconds, "cpu": cpu, "peak_mib": peak_mib()}


def peak_mib() -> float:
    """The most memory this process held so far."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 2**10
    raise SystemExit("/proc/self/status does not say VmHWM: measure on Linux.")


def take(paths: Sequence[Path], catalog: Path, warehouse: Path) -> IngestReport:
    """The whole of an ingest, from opening the warehouse to closing it again."""
    with open_warehouse(warehouse) as connection:
        report = ingest(
            connection,
            paths,
            catalog_folder=catalog,
            clock=Clock(NOW),
            manifest={},
            decisions={},
            finalized={},
        )
    if report.refused:
        raise SystemExit(f"Refused: {report.refused}")
    return report


def generate(folder: Path, requests: int, *, compressed: bool) -> None:
    """Write `folder/catalog` and `folder/landing`, one file a day, in a process of its own."""
    script = Path(__file__).with_name("generate.py")
    program = [sys.executable, str(script), str(folder), "--requests", str(requests)]
    subprocess.run(
        [*program, *(["--compressed"] if compressed else [])], check=True, capture_output=True
    )
