"""A small warehouse for the dbt project, and dbt itself.

Here: building the fixture's file, running dbt on it and reading it. Keep out: rows
(`catalog_rows`, `usage_rows`) and expectations.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from billing.catalog.slices import LISTED, OWN_TERMS, months_between, rating_slices
from billing.ingestion.tables import create_raw_tables
from billing.periods import BillingMonth
from orchestration.manifest import PROJECT, manifest_path
from tests.dbt_project.catalog_rows import CATALOG
from tests.dbt_project.customers import NOVEMBER, OCTOBER, ORGANIZATIONS, Row
from tests.dbt_project.raw_events import insert_events
from tests.dbt_project.usage_rows import (
    LATE_FILE,
    file_row,
    late_requests,
    requests,
    usage_rows,
)
from tests.programs import Done, run_program

PARSED = "partial_parse.msgpack"
TABLES = Path(__file__).with_name("tables.sql")


def make_warehouse(path: Path) -> None:
    """Write the fixture's raw, catalog and books: October is about to be closed."""
    with duckdb.connect(str(path)) as connection:
        create_raw_tables(connection)
        connection.execute(TABLES.read_text())
        for table, rows in CATALOG.items():
            insert(connection, f"catalog.{table}", rows)
        insert_events(connection, *requests())
        for table, rows in usage_rows().items():
            insert(connection, f"raw.{table}", rows)
        _slice(connection)
        watermarks(connection, OCTOBER, 1)
        opening = {"organization_id": "org_oslo", "billing_month": OCTOBER}
        insert(connection, "books.opening_balance", [opening | {"opening_amount": "20.00"}])


def open_november(path: Path) -> None:
    """October is final at the first file; a second came after it and belongs to November."""
    with duckdb.connect(str(path)) as connection:
        late = late_requests()
        insert_events(connection, *late)
        insert(connection, "raw.ingest_file", [file_row(LATE_FILE, len(late))])
        watermarks(connection, NOVEMBER, LATE_FILE)
        routes = [
            {
                "organization_id": organization,
                "service_month": OCTOBER,
                "after_sequence": 1,
                "up_to_sequence": LATE_FILE,
                "billing_month": NOVEMBER,
            }
            for organization in (*(each[0] for each in ORGANIZATIONS), "unknown")
        ]
        insert(connection, "books.late_route", routes)


def watermarks(connection: duckdb.DuckDBPyConnection, month: str, watermark: int) -> None:
    """Let `month` count the files up to `watermark`, for every organization."""
    rows = [
        {
            "organization_id": organization,
            "billing_month": month,
            "watermark": watermark,
            "is_finalized": False,
        }
        for organization in (*(each[0] for each in ORGANIZATIONS), "unknown")
    ]
    insert(connection, "books.month_watermark", rows)


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    """Insert rows that name their columns; text becomes the column's type."""
    for row in rows:
        places = ", ".join("?" for _ in row)
        sql = f"insert into {table} ({', '.join(row)}) values ({places})"
        connection.execute(sql, list(row.values()))


def _slice(connection: duckdb.DuckDBPyConnection) -> None:
    names = ("billing_profiles", *OWN_TERMS, *LISTED)
    tables = {name: connection.sql(f"select * from catalog.{name}").pl() for name in names}
    months = months_between(BillingMonth(2026, 9), BillingMonth(2026, 12))
    slices = rating_slices(tables, months)
    connection.register("slices", slices)
    connection.execute("create table catalog.rating_slice as from slices")


def dbt(
    path: Path, *arguments: str, month: str = OCTOBER, told: Mapping[str, str] | None = None
) -> Done:
    """Run a dbt command on the warehouse at `path`; it starts from the project as parsed before."""
    target = path.parent / "target"
    target.mkdir(exist_ok=True)
    if not (target / PARSED).exists():
        shutil.copy(manifest_path().with_name(PARSED), target)
    environment = {
        "METERBOOK_WAREHOUSE": path.name,
        "METERBOOK_BILLING_MONTH": month,
        "DBT_PROJECT_DIR": os.fspath(PROJECT),
        "DBT_PROFILES_DIR": os.fspath(PROJECT),
        "DBT_TARGET_PATH": os.fspath(target),
        "DBT_LOG_PATH": os.fspath(target),
        "DBT_LOG_LEVEL_FILE": "info",
        **(told or {}),
    }
    return run_program("dbt", arguments, environment, path.parent)


def built(path: Path, *arguments: str, month: str = OCTOBER) -> None:
    """Run `dbt build` and fail with its words when anything in it fails."""
    done = dbt(path, "build", *arguments, month=month)
    assert done.code == 0, done.out[-6000:] + done.err


def read(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query on the warehouse at `path`."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def execute(path: Path, *statements: str) -> None:
    """Alter the warehouse at `path`."""
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
