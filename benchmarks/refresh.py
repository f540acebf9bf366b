"""What a refresh costs after one new file, on histories of several sizes.

Here: October as history, ingested and rolled up once; then a file of November, refreshed as the
schedule does it. Start-up is a refresh with nothing new, and taken off both sides; what the history
adds to ingesting is its search for duplicates. Keep out: drawing requests (`generate.py`).
"""

import argparse
import json
import re
import resource
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import perf_counter

from dbt_models import prepare_month
from duplicates import build_history
from own_process import Figures, generate, in_own_process, take

from billing.books.address import books_of
from billing.clock import Clock
from billing.home import Home
from billing.periods import BillingMonth
from billing.warehouse import open_warehouse
from orchestration.closing import organizations
from orchestration.defs.rating.basis import remember_basis
from orchestration.refresh_models import build_fresh
from orchestration.refreshing import refresh

NOW = Clock(datetime(2026, 11, 2, 12, 2, tzinfo=UTC))
OCTOBER, NOVEMBER = BillingMonth(2026, 10), BillingMonth(2026, 11)
ROWS = 100_000
DRAWN = 10_000_000
DAY = re.compile("2026-10-[0-9]{2}T")


def new_lines(landing: Path, name: str) -> Iterator[str]:
    """Yield requests of the history as other requests of 1 November."""
    for path in sorted(landing.glob("*.jsonl")):
        with path.open(encoding="utf-8") as file:
            for line in file:
                renamed = line.replace('"request_id":"', f'"request_id":"{name}_', 1)
                yield DAY.sub("2026-11-01T", renamed)


def land(home: Home, history: Path, name: str) -> None:
    """Put a new file into the landing folder."""
    home.prepare()
    with (home.landing / f"{name}.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(islice(new_lines(history, name), ROWS))


def prepare(folder: Path, requests: int) -> Home:
    """A home whose October is ingested, rolled up and drafted.

    What is more than `DRAWN` requests is them again under new ids, copied from table to table.
    """
    generate(folder / "drawn", min(requests, DRAWN), compressed=False)
    home = Home(folder / "home")
    home.prepare()
    shutil.move(folder / "drawn" / "catalog", home.catalog)
    seed = folder / "seed.duckdb"
    take([folder / "drawn" / "landing"], home.catalog, seed)
    if requests > DRAWN:
        build_history(seed, home.warehouse_file, requests // DRAWN, "nowhere")
        seed.unlink()
    else:
        shutil.move(seed, home.warehouse_file)
    prepare_month(home, home.catalog, NOVEMBER)
    build_fresh(home, NOW, NOVEMBER)
    with open_warehouse(home.warehouse_file) as connection, books_of(home) as books:
        remember_basis(connection)
        names = organizations(connection)
        last = connection.sql("select max(ingest_sequence) from raw.ingest_file").fetchall()[0][0]
        books.record_drafts(OCTOBER, dict.fromkeys(names, last), NOW.now())
    return home


def timed_refresh(home: Home) -> Figures:
    """One refresh: its seconds and processor time, dbt's process included, and those of its parts."""
    started, before = perf_counter(), _processor_time()
    fresh = refresh(home, NOW)
    return {
        "seconds": perf_counter() - started,
        "cpu": _processor_time() - before,
        "files": fresh.files,
        "waiting": fresh.waiting,
        **fresh.seconds,
    }


def _processor_time() -> float:
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, whose))


def measure(folder: Path, requests: int) -> Figures:
    """The figures of one size of history."""
    home = prepare(folder, requests)
    history = folder / "drawn" / "landing"
    timed_refresh(home)
    idle = timed_refresh(home)
    rounds = []
    for number in range(3):
        land(home, history, f"new{number}")
        timed_refresh(home)
        rounds.append(timed_refresh(home))
    if [each["files"] for each in rounds] != [1, 1, 1]:
        raise SystemExit(f"A file was not taken: {rounds}")
    with open_warehouse(home.warehouse_file) as connection:
        connection.execute("drop table catalog.rollup_basis")
    rebuilt = timed_refresh(home)
    return {"history": requests, "idle": idle, "rounds": rounds, "rebuilt": rebuilt}


def report(figures: Figures) -> str:
    """What is compared, in one row: processor time, for a refresh is mostly waiting for a core."""
    idle, rebuilt = figures["idle"], figures["rebuilt"]
    best = min(figures["rounds"], key=lambda each: each["cpu"])
    work, anew = (each["cpu"] - idle["cpu"] for each in (best, rebuilt))
    return (
        f"{figures['history']:>12,} | {best['seconds']:.1f} s, {best['cpu']:.1f} of processor time | "
        f"nothing new {idle['cpu']:.1f} | ingest {best['ingest']:.2f} s | new rows {work:.2f} | "
        f"all rows {anew:.2f}: {work / anew:.3f} x"
    )


def main() -> None:
    """Measure each history in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--history", type=int, nargs="+", default=[1_000_000, 10_000_000, 100_000_000]
    )
    parser.add_argument("--one", action="store_true", help="in this process; prints JSON")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.folder, arguments.history[0])))
        return
    for requests in arguments.history:
        folder = arguments.folder / str(requests)
        folder.mkdir(parents=True)
        figures = in_own_process(__file__, folder, "--history", requests, "--one")
        print(json.dumps(figures), report(figures), sep="\n", flush=True)


if __name__ == "__main__":
    main()
