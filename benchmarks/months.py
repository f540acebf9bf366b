"""What closing a month costs after many months: `python benchmarks/months.py FOLDER --months 24`.

Here: months of equal usage, each delivered as one file, closed and finalized in one home one after
the other, each in a process of its own; the last closes against the first. Keep out: Dagster, the
start-up of dbt and rendering, which know nothing of other months. FOLDER gets the scratch files.
"""

import argparse
import csv
import json
import statistics
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import duckdb
from dbt_models import Cost, prepare_month, run_models, total
from log_kinds import KINDS, at, with_zones
from many_customers import CLONED, read_table, write_catalog, write_table
from many_requests import write_logs
from own_process import Figures, in_own_process, measured

from billing.books import open_books
from billing.clock import Clock
from billing.home import Home
from billing.ingestion import ingest
from billing.periods import BillingMonth
from billing.warehouse import open_warehouse
from orchestration.closing import audit, finalize, findings_of

DATA = Path(__file__).resolve().parents[1] / "data"
FIRST = BillingMonth(2026, 10)
ENDS = ("valid_to_date", "ends_date")
# Two days apart from both ends, so that the usage of a file is of its month in every zone.
USAGE = """
select * from (@read)
where completed_at >= timestamp '2026-10-02' and completed_at < timestamp '2026-10-28'"""
MOVED = """
select * replace (request_id || '_@number' as request_id,
    started_at + interval '@days days' as started_at,
    completed_at + interval '@days days' as completed_at)
from '@usage'"""
SHOWN = 8
LEAST = 7
"""Months that have three at either end besides the first."""


def make(folder: Path, requests: int, organizations: int, months: int) -> None:
    """One catalog whose terms hold in every month, and the usage that every month repeats."""
    catalog = folder / "catalog"
    keys = write_catalog(
        DATA / "catalog", DATA / "samples" / "inputs", catalog, organizations, 5 * organizations
    )
    _open_ends(catalog)
    _publish_rates(catalog / "exchange_rates.csv", months)
    write_logs(DATA / "samples", folder / "logs", keys, requests, ".jsonl.zst")
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        read = at(KINDS["native JSON lines"].read, folder / "logs" / "*")
        usage = with_zones(USAGE.replace("@read", read))
        connection.execute(f"copy ({usage}) to '{folder / 'usage.parquet'}' (format parquet)")


def _open_ends(catalog: Path) -> None:
    """No agreement ends, so that no month has fewer of them than another."""
    for name in CLONED:
        path = catalog / f"{name}.csv"
        rows = read_table(path)
        if rows:
            open_end = dict.fromkeys(rows[0].keys() & set(ENDS), "")
            write_table(path, list(rows[0]), iter([row | open_end for row in rows]))


def _publish_rates(path: Path, months: int) -> None:
    """The last rates again on the last day of each month."""
    rows = read_table(path)
    newest = {(r["source"], r["base_currency"], r["quote_currency"]): r for r in rows}
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        for number in range(1, months):
            day = FIRST.shift(number).last_day.isoformat()
            writer.writerows(row | {"rate_date": day} for row in newest.values())


def deliver(home: Home, number: int) -> Figures:
    """Ingest the usage of a month as a file of its own."""
    month, path = FIRST.shift(number), home.landing / f"{number:02d}.parquet"
    days = (month.first_day - FIRST.first_day).days
    moved = MOVED.replace("@number", str(number)).replace("@days", str(days))
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        statement = moved.replace("@usage", str(home.root / "usage.parquet"))
        connection.execute(f"copy ({statement}) to '{path}' (format parquet)")
    with open_warehouse(home.warehouse_file) as connection:
        report = ingest(
            connection,
            [path],
            catalog_folder=home.catalog,
            clock=_after(month),
            manifest={},
            decisions={},
            finalized={},
        )
    path.unlink()
    return {"accepted": report.accepted, "received": report.received}


def close(home: Home, number: int) -> Figures:
    """Close and finalize a month; what each step costs, and the SQL of each model."""
    month = FIRST.shift(number)
    steps: dict[str, Cost] = {}
    _timed(steps, "catalog", lambda: prepare_month(home, home.catalog, month))
    models = run_models(home, month, rebuild=not number)
    steps["SQL"] = total(models, models)
    with (
        open_warehouse(home.warehouse_file) as connection,
        open_books(f"sqlite:///{home.books_file}") as books,
    ):
        clock = _after(month)
        _timed(steps, "audit", lambda: audit(connection, books, home.catalog, clock, month))
        numbers = _timed(
            steps,
            "finalize",
            lambda: finalize(
                connection, books, month, clock=clock, chosen=(), catalog=home.catalog
            ),
        )
        findings = findings_of(connection, month)
    return {
        "steps": {name: vars(cost) for name, cost in steps.items()},
        "models": {name: vars(cost) for name, cost in models.items()},
        "documents": len(numbers),
        "findings": len(findings),
        "finding": findings[0].message if findings else "",
    }


def _timed(steps: dict[str, Cost], name: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401  # what the work gives
    cpu, started = process_time(), perf_counter()
    found = work()
    steps[name] = Cost(perf_counter() - started, process_time() - cpu)
    return found


def _after(month: BillingMonth) -> Clock:
    """The fifth day after a month."""
    return Clock(
        datetime.combine(month.next.first_day, datetime.min.time(), UTC) + timedelta(days=4)
    )


def compare(folder: Path, months: int) -> None:
    """Close month after month and print each; then the last against the first."""
    closed: list[Figures] = []
    names: list[str] = []
    for number in range(months):
        taken = in_own_process(__file__, folder, "--deliver", number)
        found = in_own_process(__file__, folder, "--close", number)
        if found["findings"]:
            raise SystemExit(f"{FIRST.shift(number)}: {found['finding']}")
        if not closed:
            names = list(found["steps"])
            print(
                f"{'month':10}{'requests':>10}{'documents':>11}"
                + "".join(f"{n:>16}" for n in names)
            )
        costs = "".join(
            f"{cost['seconds']:10.2f}{cost['cpu']:6.1f}" for cost in found["steps"].values()
        )
        print(
            f"{FIRST.shift(number)!s:10}{taken['accepted']:10,}{found['documents']:11,}{costs}",
            flush=True,
        )
        closed.append(found)
    print("seconds and processor time of each step; the first close also makes the tables")
    _print_ratio(closed, names)


def _print_ratio(closed: list[Figures], names: list[str]) -> None:
    """Medians of three closes at both ends, the very first left out, and what grew most."""
    early, late = closed[1:4], closed[-3:]
    if len(closed) < LEAST:
        return
    for name in names:
        for unit in ("seconds", "cpu"):
            first, last = (
                statistics.median(each["steps"][name][unit] for each in part)
                for part in (early, late)
            )
            print(
                f"{name:10}{unit:8} months 2 to 4 {first:8.2f}, last three {last:8.2f}: {last / first:.2f} x"
            )
    grown: dict[str, tuple[float, float]] = {}
    for model in closed[-1]["models"]:
        first, last = (
            statistics.median(each["models"].get(model, {"cpu": 0.0})["cpu"] for each in part)
            for part in (early, late)
        )
        grown[model] = (first, last)
    for model in sorted(grown, key=lambda name: grown[name][0] - grown[name][1])[:SHOWN]:
        first, last = grown[model]
        print(f"    {model:40}{first:7.3f} to {last:7.3f} s of processor time")


def main() -> None:
    """Make the usage, close the months, and print the table."""
    parser = argparse.ArgumentParser(description="Closing month after month.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--requests", type=int, default=200_000, help="of each month")
    parser.add_argument("--organizations", type=int, default=20)
    parser.add_argument("--deliver", type=int, metavar="NUMBER")
    parser.add_argument("--close", type=int, metavar="NUMBER")
    asked = parser.parse_args()
    home = Home(asked.folder)
    for number, work in ((asked.deliver, deliver), (asked.close, close)):
        if number is not None:
            print(json.dumps(measured(lambda: work(home, number))))  # noqa: B023  # called at once
            return
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        Home(Path(name)).prepare()
        make(Path(name), asked.requests, asked.organizations, asked.months)
        compare(Path(name), asked.months)


if __name__ == "__main__":
    main()
