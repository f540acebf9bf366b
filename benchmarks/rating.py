"""Rating from a rollup of 100 million requests: `python benchmarks/rating.py FOLDER`.

Here: SQL time and memory from the rollup to invoice lines, and of a what-if for the same month.
Keep out: how the rollup came there without 100 million rows of logs (`large_rollup.py`), and
making one from raw rows (`rollup.py`). FOLDER gets the scratch files.
"""

import argparse
import csv
import json
import os
import shutil
import tempfile
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from dbt_models import INGESTION, LINES, MONTH, between, run_models, total
from large_rollup import build
from own_process import Figures, in_own_process, measured

from billing.home import Home
from billing.warehouse import open_warehouse
from orchestration.defs.rating.basis import remember_month
from orchestration.whatif import rerate

SQL_SECONDS, SQL_GIB, WHATIF_SECONDS = 10, 2, 5
DUCKDB_MEMORY = "1500MB"
"""For DuckDB, which fills what it gets; Python and dbt take the rest of 2 GiB."""


DEARER, MID_MONTH = "dearer", "dearer_from_mid_month"
QUESTIONS = {
    DEARER: "what-if, a dearer price",
    MID_MONTH: "what-if, the same from the 16th",
}


def other_catalog(catalog: Path, target: Path, question: str) -> None:
    """A catalog in which one price is dearer, always or by a new row: for the what-ifs."""
    shutil.copytree(catalog, target)
    path = target / "prices.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    dearer = [row for row in rows if (row["model_id"], row["meter"]) == ("gpt-5", "output_visible")]
    if question == MID_MONTH:
        new = {"valid_from_at": "2026-10-16T00:00:00Z"}
        dearer = [{**row, "price_id": f"{row['price_id']}/new", **new} for row in dearer]
        rows += dearer
    for row in dearer:
        row["unit_price"] = "0.000011"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def rate_lines(home: Home) -> Figures:
    """Run the models from the rollup to the invoice lines, in as much memory as they may take."""
    os.environ["METERBOOK_MEMORY"] = DUCKDB_MEMORY
    chain = between(INGESTION, LINES)
    costs = run_models(home, select=sorted(chain))
    slowest = sorted(costs, key=lambda name: -costs[name].seconds)[:12]
    return {
        "sql": vars(total(costs, costs)),
        "slowest": {name: vars(costs[name]) for name in slowest},
    }


def rate_others(home: Home) -> Figures:
    """Run all other models of the month."""
    chain = between(INGESTION, LINES)
    costs = run_models(home, exclude=sorted(chain))
    with open_warehouse(home.warehouse_file) as connection:
        remember_month(connection, MONTH)
    return {"sql": vars(total(costs, costs))}


def ask(home: Home, question: str) -> Figures:
    """A what-if of the month with every organization; for how long the warehouse was read."""
    found = rerate(home, MONTH, home.root / question)
    changed = sum(1 for row in found.differences.documents if row.main.difference)
    return {"held": found.seconds, "changed": changed}


STEPS: dict[str, Any] = {
    "lines": rate_lines,
    "others": rate_others,
    **{question: partial(ask, question=question) for question in QUESTIONS},
}


def compare(folder: Path, probe: int, requests: int, rounds: int) -> None:
    """Make the rollup, measure in processes of their own, and print the table."""
    started = perf_counter()
    rows = in_own_process(__file__, folder, "--build", probe, requests)
    for question in QUESTIONS:
        other_catalog(folder / "catalog", folder / question, question)
    print(
        f"{requests:,} requests: {rows['int_usage__quarter_hours']:,} rollup rows and "
        f"{rows['int_usage__quarter_hour_meters']:,} of other meters, made in "
        f"{perf_counter() - started:.0f} s; of {probe:,} ingested ones drawn and rolled up rows agree",
        flush=True,
    )
    for number in range(1, rounds + 1):
        figures = {step: in_own_process(__file__, folder, "--measure", step) for step in STEPS}
        lines, others = figures["lines"], figures["others"]
        print(f"\nround {number}{'':25}{'SQL s':>8}{'cpu':>8}{'process s':>11}{'peak MiB':>10}")
        for name, found, aim in (
            ("rollup to invoice lines", lines, f"   at most {SQL_SECONDS} s, {SQL_GIB} GiB"),
            ("all other models", others, ""),
        ):
            print(
                f"{name:31}{found['sql']['seconds']:9.2f}{found['sql']['cpu']:8.2f}"
                f"{found['seconds']:11.1f}{found['peak_mib']:10,.0f}{aim}"
            )
        for question, asked in QUESTIONS.items():
            found = figures[question]
            print(
                f"{asked:31}{found['held']:9.2f}{'':8}{found['seconds']:11.1f}"
                f"{found['peak_mib']:10,.0f}   at most {WHATIF_SECONDS} s; "
                f"{found['changed']:,} organizations change"
            )
        for name, cost in lines["slowest"].items():
            print(f"    {name:38}{cost['seconds']:7.2f}{cost['cpu']:8.2f}", flush=True)


def main() -> None:
    """Make the rollup, measure, and print the table."""
    parser = argparse.ArgumentParser(description="Rating from a large rollup, and a what-if.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--requests", type=int, default=100_000_000)
    parser.add_argument("--probe", type=int, default=200_000, help="requests that are ingested")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--measure", choices=STEPS)
    parser.add_argument("--build", nargs=2, type=int, metavar=("PROBE", "REQUESTS"))
    asked = parser.parse_args()
    home = Home(asked.folder)
    if asked.measure:
        print(json.dumps(measured(lambda: STEPS[asked.measure](home))))
        return
    if asked.build:
        home.prepare()
        print(json.dumps(build(home, *asked.build)))
        return
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        compare(Path(name), asked.probe, asked.requests, asked.rounds)


if __name__ == "__main__":
    main()
