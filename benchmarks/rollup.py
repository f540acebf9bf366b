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
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb

from billing.books import open_books
from billing.catalog import load_catalog
from billing.catalog.known import TOKEN_METERS
from billing.clock import Clock
from billing.home import Home
from billing.ingestion import ingest
from billing.periods import BillingMonth
from billing.warehouse import open_warehouse
from orchestration.closing import snapshot
from orchestration.manifest import DBT, PROJECT, manifest_path

MONTH = BillingMonth(2026, 10)
CLOCK = Clock(datetime(2026, 11, 5, tzinfo=UTC))
ROLLUP = (
    "int_usage__term_versions",
    "int_usage__moved_stretches",
    "int_usage__standings",
    "int_usage__request_kinds",
    "int_usage__quarter_hours",
    "int_usage__used_keys",
    "dim_usage_key",
)
CHARGES, LINES = "int_rating__charges", "fct_invoice_lines"

KIND = (
    "requested_model, answered_model, provider, region, service_tier_asked, service_tier, is_byok, "
    "outcome, status_code // 100, throttle_cause, usage_quality, source_id, kind"
)


@dataclass(frozen=True)
class Requests:
    """A table of requests, and the columns that stand for their kind and their key's owner."""

    name: str
    table: str
    kind: str
    owner: str
    owners: str


WIDE = Requests(
    "one wide table",
    "reference.request",
    KIND,
    "api_key_id",
    "catalog.api_keys",
)
"""The requests as bare DuckDB keeps them: one typed table, every text in every row."""
SHARED = Requests(
    "our raw tables",
    "raw.accepted_event",
    "shape_id, is_reversal",
    "owner_id",
    "catalog.api_keys join raw.key_owner using (api_key_id)",
)
"""The requests as our warehouse keeps them: what they share stands once, beside them."""


def reference_sql(requests: Requests) -> list[str]:
    """The same rollup by hand: intern both halves of the key, then one `create table as`."""
    total = " + ".join(f"{meter}_tokens" for meter in TOKEN_METERS[:5])
    steps = (32_000, 128_000, 200_000, 256_000, 272_000, 512_000)
    cases = " ".join(f"when {total} > {step} then {step}" for step in reversed(steps))
    band = f"case {cases} else 0 end"
    columns = [part.strip() for part in requests.kind.split(",")]
    same = " and ".join(f"e.{c} = k.c{i}" for i, c in enumerate(columns))
    named = ", ".join(f"{c} as c{i}" for i, c in enumerate(columns))
    sums = ", ".join(f"cast(sum(e.{m}_tokens) as bigint) as {m}_tokens" for m in TOKEN_METERS)
    owner = requests.owner
    return [
        (
            "create or replace table reference.kind as select row_number() over () as id, * from "
            f"(select distinct {named}, {band} as band from {requests.table})"
        ),
        (
            f"create or replace table reference.owner as select row_number() over () as id, {owner}, "
            f"valid_from_at, valid_to_at from {requests.owners}"
        ),
        (
            "create or replace table reference.rollup as select (o.id * 2 + cast("
            "e.completed_at >= o.valid_from_at and e.completed_at < o.valid_to_at as integer)) * 1048576 "
            "+ k.id as usage_key, "
            "time_bucket(interval '15 minutes', e.completed_at) as quarter_hour, e.ingest_sequence, "
            f"cast(count(*) as bigint) as requests, {sums} from {requests.table} as e "
            f"join reference.owner as o on e.{owner} = o.{owner} "
            f"join reference.kind as k on {same} and k.band = {band} group by all"
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
    """Seconds in which dbt executed each model, and of the whole process.

    Compiling is start-up; the log is as short as in a close.
    """
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
    environment = os.environ | {
        "METERBOOK_WAREHOUSE": str(home.warehouse_file.absolute()),
        "DBT_LOG_LEVEL_FILE": "info",
    }
    before = perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    whole = perf_counter() - before
    results = json.loads((target / "run_results.json").read_text())["results"]
    return {each["unique_id"].split(".")[-1]: executed(each) for each in results}, whole


def executed(result: dict[str, Any]) -> float:
    """Seconds of the phase in which a model's statements ran, as dbt's run results have it."""
    phases = {phase["name"]: phase for phase in result["timing"]}
    began, ended = (
        datetime.fromisoformat(phases["execute"][end]) for end in ("started_at", "completed_at")
    )
    return (ended - began).total_seconds()


def run_references(home: Home) -> dict[str, float]:
    """Seconds of the hand-written rollup of each table; raises where its tokens are not ours."""
    sums = ", ".join(f"sum({m}_tokens)" for m in TOKEN_METERS)
    found: dict[str, float] = {}
    with duckdb.connect(str(home.warehouse_file)) as connection:
        for setting in (
            "timezone = 'UTC'",
            "preserve_insertion_order = false",
            "memory_limit = '3GB'",
        ):
            connection.execute(f"set {setting}")
        connection.execute("create schema if not exists reference")
        connection.execute(f"create table {WIDE.table} as select * from raw.usage_event")
        ours = connection.sql(
            f"select sum(requests), {sums}, count(*) from intermediate.int_usage__quarter_hours"
        ).fetchall()[0]
        for requests in (WIDE, SHARED):
            before = perf_counter()
            for statement in reference_sql(requests):
                connection.execute(statement)
            found[requests.name] = perf_counter() - before
            theirs = connection.sql(
                f"select sum(requests), {sums} from reference.rollup"
            ).fetchall()
            if theirs[0] != ours[:-1]:
                raise SystemExit(
                    f"The rollup of {requests.name} differs: {theirs[0]}, {ours[:-1]}."
                )
        rows = connection.sql(f"select count(*) from {WIDE.table}").fetchall()[0][0]
        sys.stdout.write(f"{rows:,} raw rows, {ours[-1]:,} rollup rows, tokens equal\n")
        connection.execute("drop schema reference cascade")
    return found


def upstream(name: str) -> set[str]:
    """Return a model and every model it is made of."""
    parents = json.loads(manifest_path().read_text())["parent_map"]
    found, waiting = set(), [f"model.meterbook.{name}"]
    while waiting:
        node = waiting.pop()
        if node.startswith("model.") and node not in found:
            found.add(node)
            waiting += parents[node]
    return {node.rsplit(".", 1)[-1] for node in found}


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
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    references = run_references(home)
    priced = upstream(CHARGES) - {CHARGES}
    measured = {
        "rollup models": ROLLUP,
        "rollup to priced usage": [name for name in priced if name.startswith("int_rating")],
        "charges to invoice lines": upstream(LINES) - priced,
    }
    sys.stdout.write(f"{'':34}{'seconds':>9}{''.join(f'{n:>18}' for n in references)}\n")
    for name, value in references.items():
        sys.stdout.write(f"{'by hand over ' + name:34}{value:9.2f}\n")
    for name, models in measured.items():
        total = sum(seconds[model] for model in models)
        ratios = "".join(f"{total / each:17.2f}x" for each in references.values())
        sys.stdout.write(f"{name:34}{total:9.2f}{ratios}\n")
    everything = sum(seconds.values())
    sys.stdout.write(f"{'all models':34}{everything:9.2f}\n")
    sys.stdout.write(f"{'dbt beside the SQL':34}{whole - everything:9.2f}\n")
    sys.stdout.write(f"{'ingest':34}{ingested:9.2f}\n")
    sys.stdout.write(f"peak memory of dbt {peak:.2f} GiB\n")


if __name__ == "__main__":
    main()
