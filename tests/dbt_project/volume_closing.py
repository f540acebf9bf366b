"""Closing the months of a small warehouse: built by dbt, then held against both checks.

Here: starting such a warehouse and closing its next month. Keep out: customers and expectations.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from billing.audit.conservation import conservation_findings
from billing.audit.recompute import audit_month
from tests.dbt_project.volume_month import MONTHS, Files, Row, fill, plan, write_files
from tests.dbt_project.warehouse import built, insert

NO_MANIFEST = {"file_manifest", "file_fates"}  # raw rows were written without their files


def start(folder: Path, files: Files, events: list[Row]) -> Path:
    """Write catalog and warehouse; the path of the warehouse."""
    write_files(folder / "catalog", files)
    path = folder / "meterbook.duckdb"
    with duckdb.connect(str(path)) as connection:
        fill(connection, folder / "catalog", events)
    return path


def close(path: Path, ids: list[str], closed: int, corrected: Sequence[Row] = ()) -> list[str]:
    """Build the latest of `closed` months with all data tests; what both engines disagree on.

    `corrected` are the documents that the books say are corrected.
    """
    month = MONTHS[closed - 1]
    with duckdb.connect(str(path)) as connection:
        plan(connection, ids, closed)
        insert(connection, "books.corrected_document", corrected)
    built(path, "--exclude-resource-type", "unit_test", month=str(month.first_day))
    with duckdb.connect(str(path)) as connection:
        findings = [
            *audit_month(connection, path.parent / "catalog", month),
            *conservation_findings(connection, month),
        ]
    return [row.message for row in findings if row.check_name not in NO_MANIFEST]
