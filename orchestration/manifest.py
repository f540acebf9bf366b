"""The dbt project as it was parsed, without an orchestrator.

Here: where project, manifest and dbt itself are, and making the manifest anew. Keep out: SQL,
and what is done with the models.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from billing.errors import MeterbookError

PROJECT = Path(__file__).parent.parent / "dbt_project"
MANIFEST = PROJECT / "target" / "manifest.json"
DBT = Path(sys.executable).with_name("dbt")
WAREHOUSE_VARIABLE = "METERBOOK_WAREHOUSE"


@contextmanager
def warehouse_for_dbt(path: Path) -> Iterator[None]:
    """Tell dbt, here and in its process, which warehouse to build."""
    before = os.environ.get(WAREHOUSE_VARIABLE)
    os.environ[WAREHOUSE_VARIABLE] = os.fspath(path.absolute())
    try:
        yield
    finally:
        if before is None:
            del os.environ[WAREHOUSE_VARIABLE]
        else:
            os.environ[WAREHOUSE_VARIABLE] = before


def manifest_path() -> Path:
    """The manifest, made anew when a file of the project is newer."""
    sources = [path for path in PROJECT.rglob("*") if path.is_file() and _is_source(path)]
    newest = max(path.stat().st_mtime_ns for path in sources)
    if not MANIFEST.exists() or MANIFEST.stat().st_mtime_ns < newest:
        parse()
    return MANIFEST


def parse() -> None:
    """Write the manifest, whole or not at all. Raises MeterbookError with dbt's own words."""
    target = PROJECT / "target" / f"parse-{os.getpid()}"
    with warehouse_for_dbt(target / "none.duckdb"):
        _run(["parse", "--target-path", os.fspath(target), "--log-path", os.fspath(target)])
    (target / "manifest.json").replace(MANIFEST)


def _is_source(path: Path) -> bool:
    return path.suffix in {".sql", ".yml"} and not {"target", "logs"} & set(path.parts)


def _run(arguments: Sequence[str]) -> None:
    command = [os.fspath(DBT), *arguments, "--project-dir", os.fspath(PROJECT)]
    command += ["--profiles-dir", os.fspath(PROJECT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own command
    if done.returncode:
        raise MeterbookError(f"dbt could not read its project:\n{done.stdout}{done.stderr}")
