"""The dbt models of a month, run in this process, and what the SQL of each costs.

Here: one `dbt run`, its statements timed as dbt begins and ends them; dbt's own work between them
is start-up, not SQL. Keep out: what is compared with what.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

from billing.books import open_books
from billing.home import Home
from billing.periods import BillingMonth
from billing.warehouse import open_warehouse
from orchestration.closing import snapshot
from orchestration.covered import load_covered
from orchestration.manifest import PROJECT, manifest_path, warehouse_for_dbt

MONTH = BillingMonth(2026, 10)
LINES = "fct_invoice_lines"
CHARGES = "int_rating__charges"
INGESTION = "ingestion"


@dataclass
class Cost:
    """Seconds and processor time of some SQL."""

    seconds: float = 0.0
    cpu: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        """Both together."""
        return Cost(self.seconds + other.seconds, self.cpu + other.cpu)


def prepare_month(home: Home, catalog: Path, month: BillingMonth = MONTH) -> None:
    """Load catalog and books into the warehouse, as a close does before dbt runs."""
    with (
        open_warehouse(home.warehouse_file) as connection,
        open_books(f"sqlite:///{home.books_file}") as books,
    ):
        load_covered(connection, books, catalog, month)
        snapshot(connection, books, month, use_drafts=False)


def run_models(
    home: Home,
    month: BillingMonth = MONTH,
    *,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    rebuild: bool = False,
) -> dict[str, Cost]:
    """Run the models of a month; the cost of each one's SQL by its name."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415
    from dbt.cli.main import dbtRunner  # noqa: PLC0415  # both load slowly

    found: defaultdict[str, Cost] = defaultdict(Cost)
    began = 0.0

    def listen(event: Any) -> None:  # noqa: ANN401  # dbt types it as a protocol message
        nonlocal began
        if event.info.name == "SQLQuery":
            began = process_time()
        elif event.info.name == "SQLQueryStatus":
            name = event.data.node_info.node_name
            found[name] += Cost(event.data.elapsed, process_time() - began)

    target = home.root / "dbt"
    arguments = ["run", "--vars", json.dumps({"billing_month": month.first_day.isoformat()})]
    arguments += ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"]
    arguments += ["--target-path", str(target), "--log-path", str(target), "--threads", "1"]
    arguments += ["--full-refresh"] if rebuild else []
    arguments += ["--select", *select] if select else []
    arguments += ["--exclude", *exclude] if exclude else []
    with warehouse_for_dbt(home.warehouse_file):
        done = dbtRunner(callbacks=[listen]).invoke(arguments)
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if not done.success:
        raise SystemExit(f"dbt: {done.exception or done.result}")
    found.pop("", None)
    return dict(found)


def between(first_stage: str, last: str) -> set[str]:
    """Names of the models that lead to `last`, those of `first_stage` left out."""
    nodes = json.loads(manifest_path().read_text())["nodes"]
    by_name = {node["name"]: node for node in nodes.values() if node["resource_type"] == "model"}
    found: set[str] = set()
    waiting = [last]
    while waiting:
        node = by_name[waiting.pop()]
        if node["name"] in found or first_stage in node["fqn"]:
            continue
        found.add(node["name"])
        waiting += [
            nodes[parent]["name"] for parent in node["depends_on"]["nodes"] if parent in nodes
        ]
    return found


def total(costs: dict[str, Cost], names: Iterable[str]) -> Cost:
    """What some models cost together."""
    return sum((costs[name] for name in names if name in costs), Cost())
