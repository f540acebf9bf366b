"""How fast native JSON lines are ingested, against bare DuckDB: `python benchmarks/ingest.py`.

Here: the measurement and its table. Each round loads the same file twice, bare and with
Meterbook, in processes of their own that take turns; medians are compared. Keep out: making
the logs (`generate.py`).
"""

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

import duckdb

from billing.clock import Clock
from billing.ingestion import ingest
from billing.warehouse import open_warehouse

Figures = dict[str, float]

NOW = datetime(2026, 11, 5, tzinfo=UTC)
TEXTS = [
    "request_id",
    "organization_id",
    "project_id",
    "api_key_id",
    "requested_model",
    "model",
    "provider",
    "region",
    "service_tier",
    "service_tier_served",
    "outcome",
    "throttle_cause",
    "usage_quality",
    "kind",
]
COUNTS = [
    "latency_ms",
    "input_tokens",
    "output_tokens",
    "input_uncached",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "cache_write_unknown_ttl",
    "output_visible",
    "output_reasoning",
    "images",
    "web_searches",
]
TYPES = (
    dict.fromkeys(TEXTS, "varchar")
    | dict.fromkeys(COUNTS, "bigint")
    | dict.fromkeys(("started_at", "completed_at"), "timestamp")
    | {"status": "smallint", "is_byok": "boolean", "source_cost_usd": "decimal(18, 12)"}
)


def bare(log: Path, folder: Path, *, present_only: bool) -> int:
    """What one would write by hand: no identity, no fates, no manifest; returns the rows."""
    columns = TYPES
    with duckdb.connect(str(folder / "bare.duckdb")) as connection:
        if present_only:
            columns = {name: TYPES[name] for name in names_in(connection, log)}
        connection.execute(
            "create table request as select * from read_json(?, format = 'newline_delimited', "
            f"columns = {columns}, ignore_errors = true)",
            [str(log)],
        )
        counted = connection.execute("select count(*) from request").fetchone()
    return int(counted[0]) if counted else 0


def names_in(connection: duckdb.DuckDBPyConnection, log: Path) -> list[str]:
    """The columns that the first rows of a file have."""
    found = connection.execute(
        "select distinct unnest(json_keys(json)) as name "
        "from (select json from read_ndjson_objects(?) limit 20000) order by name",
        [str(log)],
    ).fetchall()
    return [name for (name,) in found if name in TYPES]


def meterbook(log: Path, folder: Path) -> int:
    """The whole of an ingest: hash, judgement, search for copies, manifest; returns the rows."""
    with open_warehouse(folder / "meterbook.duckdb") as connection:
        report = ingest(
            connection,
            [log],
            catalog_folder=log.parent / "catalog",
            clock=Clock(NOW),
            manifest={},
            decisions={},
            finalized={},
        )
    return report.received


def measure(what: str, log: Path) -> Figures:
    """Load once in this process; seconds, rows and peak memory."""
    with tempfile.TemporaryDirectory(dir=log.parent) as name:
        folder = Path(name)
        cpu, started = process_time(), perf_counter()
        if what == "meterbook":
            rows = meterbook(log, folder)
        else:
            rows = bare(log, folder, present_only=what == "bare, columns present")
        seconds, cpu = perf_counter() - started, process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "rows": rows, "cpu": cpu, "peak_mib": peak}


KINDS = ("bare, columns present", "bare, all columns", "meterbook")


def rounds(log: Path, number: int) -> dict[str, list[Figures]]:
    """Measure every kind in turn, each time in a new process."""
    found: dict[str, list[Figures]] = {kind: [] for kind in KINDS}
    for _ in range(number):
        for kind in KINDS:
            program = [sys.executable, __file__, "--log", str(log), "--measure", kind]
            done = subprocess.run(program, check=True, capture_output=True, text=True)
            found[kind].append(json.loads(done.stdout))
    return found


def print_table(found: dict[str, list[Figures]]) -> None:
    """Medians, and each rate as a share of the bare ones."""
    medians = {kind: statistics.median(f["seconds"] for f in found[kind]) for kind in KINDS}
    print(f"{'':24}{'seconds':>9}{'cpu':>8}{'rows/s':>12}{'peak MiB':>10}{'rate of meterbook':>20}")
    for kind in KINDS:
        cpu = statistics.median(f["cpu"] for f in found[kind])
        peak = max(f["peak_mib"] for f in found[kind])
        rate = found[kind][0]["rows"] / medians[kind]
        share = medians[kind] / medians["meterbook"]
        print(f"{kind:24}{medians[kind]:9.2f}{cpu:8.2f}{rate:12,.0f}{peak:10,.0f}{share:19.2f}x")


def make_log(folder: Path, requests: int) -> Path:
    """One native file of the multiplied sample, with its catalog beside it."""
    generate = Path(__file__).with_name("generate.py")
    program = [sys.executable, str(generate), str(folder), "--requests", str(requests)]
    subprocess.run(program, check=True, capture_output=True)
    log = folder / "requests.jsonl"
    with log.open("wb") as whole:
        for path in sorted((folder / "landing").iterdir()):
            with path.open("rb") as part:
                shutil.copyfileobj(part, whole)
            path.unlink()
    return log


def main() -> None:
    """Make the log or take one, measure, and print the table."""
    parser = argparse.ArgumentParser(description="Native JSON lines against bare DuckDB.")
    parser.add_argument("--requests", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--log", type=Path, help="a native log with its catalog/ beside it")
    parser.add_argument("--measure", choices=KINDS, help="load once and print the figures")
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measure(asked.measure, asked.log)))
        return
    with tempfile.TemporaryDirectory() as name:
        log = asked.log or make_log(Path(name), asked.requests)
        print_table(rounds(log, asked.rounds))


if __name__ == "__main__":
    main()
