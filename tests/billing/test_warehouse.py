"""The warehouse has one writer at a time and is always given back."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from billing.errors import MeterbookError, WarehouseBusyError
from billing.warehouse import open_warehouse

HOLD = """
import sys
from pathlib import Path
from billing.warehouse import open_warehouse
with open_warehouse(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_refused_with_a_remedy_and_takes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "meterbook.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(WarehouseBusyError, match=r"another process.*run this again"):
            open_warehouse(path).__enter__()
        holder.communicate()
    with open_warehouse(path) as connection:
        assert connection.execute("select count(*) from raw.usage_event").fetchone() == (0,)


def test_the_lock_is_given_back_after_an_exception(tmp_path: Path) -> None:
    path = tmp_path / "meterbook.duckdb"
    with pytest.raises(ZeroDivisionError), open_warehouse(path):
        1 / 0  # noqa: B018
    with pytest.raises(duckdb.Error), open_warehouse(path) as connection:
        connection.execute("select nonsense")
    program = HOLD.replace("sys.stdin.read()", "pass")
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], check=True, capture_output=True
    )
    assert done.stdout == b"held\n"


def test_a_file_that_is_no_warehouse_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "meterbook.duckdb"
    path.write_text("no database " * 1000)
    with pytest.raises(MeterbookError, match="cannot be opened"):
        open_warehouse(path).__enter__()
    assert path.read_text().startswith("no database")


def test_a_new_warehouse_has_its_schemas_and_reads_time_as_utc(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "deep" / "meterbook.duckdb") as connection:
        found = connection.execute("select distinct schema_name from duckdb_schemas()").fetchall()
        zone = connection.execute("select current_setting('TimeZone')").fetchone()
    assert {("raw",), ("catalog",), ("books",), ("audit",)} <= set(found)
    assert zone == ("UTC",)
