"""Rolling up and rating against hand-written SQL: `python benchmarks/rollup.py FOLDER`.

FOLDER is what `generate.py` wrote. Here: one run of ingest, dbt and the reference over the same
raw table; SQL time is dbt's own figure for each model, start-up is reported beside it. Keep out:
making logs, and verdicts.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import duckdb

from billing.books import open_books
from billing.catalog import load_catalog
from billing.clock import Clock
from billing.home import Home
from billing.ingestion import ingest
from billing.periods import BillingMonth
from billing.warehouse import open_warehouse
from orchestration.closing import snapshot
from orchestration.manifest import DBT, PROJECT

MONTH = BillingMonth(2026, 10)
CLOCK = Clock(datetime(2026, 11, 5, tzinfo=UTC))
ROLLUP = (
    "int_usage__standings",
    "int_usage__request_kinds",
    "int_usage__quarter_hours",
    "dim_usage_key",
)
CHARGES_TO_LINES = (
    "int_rating__gross_charges",
    "int_rating__discounts",
    "int_rating__charges",
    "int_invoicing",
    "int_subscriptions",
    "fct_invoice_lines",
)
METERS = (
    "input_uncached",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "cache_write_unknown_ttl",
    "output_visible",
    "output_reasoning",
)


def reference_sql() -> list[str]:
    """The same rollup by hand: intern both halves of the key, then one `create table as`."""
    total = " + ".join(f"{meter}_tokens" for meter in METERS[:5])
    steps = (32_000, 128_000, 200_000, 256_000, 272_000, 512_000)
    cases = " ".join(f"when {total} > {step} then {step}" for step in reversed(steps))
    band = f"case {cases} else 0 end"
    sums = ", ".join(f"cast(sum(e.{m}_tokens) as bigint) as {m}_tokens" for m in METERS)
    return [
        (
            "create or replace table reference.kind as select row_number() over () as id, * from "
            f"(select distinct shape_id, is_reversal, {band} as band from raw.accepted_event)"
        ),
        (
            "create or replace table reference.owner as select row_number() over () as id, owner_id, "
            "valid_from_at, valid_to_at from catalog.api_keys join raw.key_owner using (api_key_id)"
        ),
        (
            "create or replace table reference.rollup as select (o.id * 2 + cast("
            "e.completed_at >= o.valid_from_at and e.completed_at < o.valid_to_at as integer)) * 1048576 "
            "+ k.id as usage_key, "
            "time_bucket(interval '15 minutes', e.completed_at) as quarter_hour, e.ingest_sequence, "
            f"cast(count(*) as bigint) as requests, {sums} from raw.accepted_event as e "
            "join reference.owner as o on e.owner_id = o.owner_id "
            "join reference.kind as k on e.shape_id = k.shape_id and e.is_reversal = k.is_reversal "
            f"and k.band = {band} group by all"
        ),
    ]


def prepare(home: Home, folder: Path) -> float:
    """Ingest everything once; seconds it took, 0 when it was there already."""
    before = perf_counter()
    with open_warehouse(home.warehouse_file) as connection:
        report = ingest(
            connection,
            [folder / "landing"],
            catalog_folder=folder / "catalog",
            clock=CLOCK,
            manifest={},
            decisions={},
            finalized={},
        )
        load_catalog(connection, folder / "catalog", MONTH, MONTH)
        with open_books(f"sqlite:///{home.books_file}") as books:
            snapshot(connection, books, MONTH, use_drafts=False)
    return perf_counter() - before if report.files else 0.0


def run_dbt(home: Home, target: Path) -> tuple[dict[str, float], float]:
    """Seconds of SQL by model, and of the whole process."""
    command = [
        str(DBT),
        "run",
        "--full-refresh",
        "--vars",
        f'{{"billing_month": "{MONTH.first_day}"}}',
        "--project-dir",
        str(PROJECT),
        "--profiles-dir",
        str(PROJECT),
        "--target-path",
        str(target),
        "--log-path",
        str(target),
        "--threads",
        "1",
    ]
    environment = os.environ | {"METERBOOK_WAREHOUSE": str(home.warehouse_file.absolute())}
    before = perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    whole = perf_counter() - before
    results = json.loads((target / "run_results.json").read_text())["results"]
    return {each["unique_id"].split(".")[-1]: each["execution_time"] for each in results}, whole


def run_reference(home: Home) -> tuple[float, bool]:
    """Seconds of the hand-written rollup, and whether its tokens equal the models'."""
    sums = ", ".join(f"sum({m}_tokens)" for m in METERS)
    with duckdb.connect(str(home.warehouse_file)) as connection:
        for setting in (
            "timezone = 'UTC'",
            "preserve_insertion_order = false",
            "memory_limit = '3GB'",
        ):
            connection.execute(f"set {setting}")
        connection.execute("create schema if not exists reference")
        before = perf_counter()
        for statement in reference_sql():
            connection.execute(statement)
        seconds = perf_counter() - before
        theirs = connection.sql(f"select sum(requests), {sums} from reference.rollup").fetchall()
        ours = connection.sql(
            f"select sum(requests), {sums} from intermediate.int_usage__quarter_hours "
        ).fetchall()
        rows = connection.sql("select count(*) from raw.accepted_event").fetchall()[0][0]
        kept = connection.sql(
            "select count(*) from intermediate.int_usage__quarter_hours"
        ).fetchall()
        sys.stdout.write(f"{rows:,} raw rows, {kept[0][0]:,} rollup rows\n")
        connection.execute("drop schema reference cascade")
    return seconds, ours == theirs


def main() -> None:
    """Measure once and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", type=Path, help="kept between runs; default FOLDER/home")
    arguments = parser.parse_args()
    home = Home(arguments.home or arguments.folder / "home")
    home.prepare()
    ingested = prepare(home, arguments.folder)
    seconds, whole = run_dbt(home, home.root / "dbt")
    reference, is_equal = run_reference(home)
    rollup = sum(seconds[name] for name in ROLLUP)
    lines = sum(seconds[name] for name in seconds if name.startswith(CHARGES_TO_LINES))
    slices = sum(
        seconds[name]
        for name in seconds
        if name.startswith("int_rating") and not name.startswith(CHARGES_TO_LINES)
    )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    rows = [
        ("ingest", ingested, ""),
        ("hand-written rollup", reference, "equal" if is_equal else "NOT EQUAL"),
        ("rollup models", rollup, f"{rollup / reference:.2f} x hand-written"),
        ("rollup to priced usage", slices, f"{slices / reference:.2f} x hand-written"),
        ("charges to invoice lines", lines, f"{lines / reference:.2f} x hand-written"),
        ("all models", sum(seconds.values()), ""),
        ("dbt beside the SQL", whole - sum(seconds.values()), "start-up and bookkeeping"),
    ]
    for name, value, note in rows:
        sys.stdout.write(f"{name:26} {value:8.2f} s  {note}\n")
    sys.stdout.write(f"peak memory of dbt         {peak:8.2f} GiB\n")


if __name__ == "__main__":
    main()
