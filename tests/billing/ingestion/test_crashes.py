"""A killed ingest, run again, leaves the tables of an undisturbed one.

`METERBOOK_CRASHES` sets how many random moments are tried; from 100 on, over fifty files.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.billing.ingestion.logs import Row, native, spend_log, write_json
from tests.billing.ingestion.sites import Site, write_catalog

RANDOM_KILLS = int(os.environ.get("METERBOOK_CRASHES", "8"))
PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from billing.clock import Clock
from billing.ingestion import ingest
from billing.warehouse import open_warehouse
root = Path(sys.argv[1])
with open_warehouse(root / "warehouse" / "meterbook.duckdb") as connection:
    ingest(connection, [root / "landing"], catalog_folder=root / "catalog",
        clock=Clock(datetime(2026, 11, 5, 6, tzinfo=UTC)), manifest={}, decisions={}, finalized={})
"""


def new_site(root: Path) -> Site:
    """Four files that overlap, one of them compressed, one of the other format."""
    site = Site(root)
    write_catalog(site.catalog)
    for file in range(3):
        rows: list[Row | str] = [native(f"req_{n}") for n in range(file * 50, file * 50 + 60)]
        write_json(site.landing / f"native{file}.jsonl.gz", [*rows, "{torn", native("x", images=1)])
    write_json(site.landing / "spend.jsonl", [spend_log(f"chat_{n}") for n in range(20)])
    return site


def run(site: Site, kill_at: str = "") -> int:
    environment = os.environ | {"METERBOOK_KILL_AT": kill_at}
    program = [sys.executable, "-c", PROGRAM, str(site.root)]
    return subprocess.run(program, env=environment, check=False, timeout=120).returncode


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    site = new_site(tmp_path_factory.mktemp("undisturbed"))
    assert run(site) == 0
    return site.tables()


@pytest.mark.parametrize("boundary", ["ingest.before_commit", "ingest.after_commit"])
@pytest.mark.parametrize("file", [1, 3])
def test_killed_at_a_boundary_and_run_again(
    tmp_path: Path, undisturbed: dict[str, list[tuple[object, ...]]], boundary: str, file: int
) -> None:
    site = new_site(tmp_path)
    assert run(site, f"{boundary}:{file}") == -signal.SIGKILL
    committed = file if boundary == "ingest.after_commit" else file - 1
    assert site.rows("select count(*) from raw.ingest_file") == [(committed,)]
    assert run(site) == 0
    assert site.tables() == undisturbed
    assert list(site.warehouse.parent.iterdir()) == [site.warehouse]


def test_killed_at_any_moment_and_run_again(tmp_path: Path) -> None:
    quiet = many_files(tmp_path / "quiet")
    started = time.monotonic()
    assert run(quiet) == 0
    whole = time.monotonic() - started
    site = many_files(tmp_path / "killed")
    moments = random.Random(20261101)  # noqa: S311  # which moments is no secret
    for _ in range(RANDOM_KILLS):
        program = [sys.executable, "-c", PROGRAM, str(site.root)]
        with subprocess.Popen(program) as process:
            time.sleep(moments.uniform(0.2, 1.1) * whole)
            process.kill()
    assert run(site) == 0
    assert site.tables() == quiet.tables()
    assert list(site.warehouse.parent.iterdir()) == [site.warehouse]


def many_files(root: Path) -> Site:
    """Fifty overlapping files, or fewer where fewer kills are tried."""
    site = Site(root)
    write_catalog(site.catalog)
    for file in range(50 if RANDOM_KILLS >= 100 else 12):
        rows: list[Row | str] = [native(f"req_{n}") for n in range(file * 30, file * 30 + 40)]
        write_json(site.landing / f"part{file:02}.jsonl", [*rows, native(f"y{file}", images=2)])
    return site
