"""The models a refresh builds: the rollup, and what balances and caps of the open month need.

Here: which models, and dbt started for them without Dagster, which loads slowly. Add a model here
that has to be fresh within minutes. Keep out: SQL, and what a close builds beside.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import duckdb

from billing.clock import Clock
from billing.errors import MeterbookError
from billing.home import Home
from billing.periods import BillingMonth
from billing.warehouse import open_warehouse
from orchestration.defs.rating.basis import begin_rollup
from orchestration.manifest import DBT, PARSED, manifest_path
from orchestration.told import ROLLUP, told_of_month

FRESH = (
    "fct_prepaid_deductions",
    "prepaid_balance_daily",
    "prepaid_exhaustions",
    "prepaid_lots",
    "fct_cap_status",
    "cap_alerts",
    "key_spend_status",
)
"""What is to be fresh; each is built with everything it stands on."""
PARSE = PARSED[1]


def build_fresh(home: Home, clock: Clock, month: BillingMonth) -> None:
    """Build them for a month. Raises MeterbookError with dbt's own words."""
    with open_warehouse(home.warehouse_file) as connection:
        basis, is_to_be_rebuilt = begin_rollup(connection)
    selected = [*ROLLUP.split(), *(f"+{name}" for name in FRESH)]
    arguments = ["run", "--select", *selected, *(["--full-refresh"] if is_to_be_rebuilt else [])]
    with told_of_month(home.warehouse_file, month, clock, basis):
        _run(arguments, home.dagster / "refresh")


def has_usage(connection: duckdb.DuckDBPyConnection, month: BillingMonth) -> bool:
    """Whether usage of a month, in UTC, was accepted; what was just taken in counts."""
    start, end = month.bounds("UTC")
    return bool(
        connection.execute(
            "select 1 from raw.accepted_event where completed_at >= ? and completed_at < ? limit 1",
            [start.replace(tzinfo=None), end.replace(tzinfo=None)],
        ).fetchall()
    )


def _run(arguments: Sequence[str], target: Path) -> None:
    """Run dbt from the project as it was parsed; its own parse is kept beside."""
    parsed = manifest_path().with_name(PARSE)
    target.mkdir(parents=True, exist_ok=True)
    own = target / PARSE
    if not own.exists() or own.stat().st_mtime_ns < parsed.stat().st_mtime_ns:
        shutil.copy2(parsed, own)
    places = ["--target-path", os.fspath(target), "--log-path", os.fspath(target)]
    command = [os.fspath(DBT), "--quiet", *arguments, *places]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own command
    if done.returncode:
        raise MeterbookError(f"The models could not be built:\n{done.stdout}{done.stderr}")
