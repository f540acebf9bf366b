"""The dbt project as it was parsed, without an orchestrator.

Here: where project, manifest and dbt itself are, what version of it this is, and making the
manifest anew. Keep out: SQL,
and what is done with the models.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from billing.errors import MeterbookError

PROJECT = Path(__file__).parent.parent / "dbt_project"
MANIFEST = PROJECT / "target" / "manifest.json"
DBT = Path(sys.executable).with_name("meterbook-dbt")
WAREHOUSE_VARIABLE = "METERBOOK_WAREHOUSE"
PARSED = ("manifest.json", "partial_parse.msgpack")


@contextmanager
def warehouse_for_dbt(path: Path, told: Mapping[str, str] | None = None) -> Iterator[None]:
    """Tell dbt, here and in its process, which warehouse to build, and what else is to be told."""
    new = {WAREHOUSE_VARIABLE: os.fspath(path.absolute()), **(told or {})}
    before = {name: os.environ.get(name) for name in new}
    os.environ.update(new)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def manifest_path() -> Path:
    """The manifest, made anew when a file of the project is newer; dbt's own parse beside it."""
    newest = max(path.stat().st_mtime_ns for path in _sources())
    if not MANIFEST.exists() or MANIFEST.stat().st_mtime_ns < newest:
        parse()
    return MANIFEST


def project_sha256() -> str:
    """What tells these models and macros from those of another version."""
    return _sha256_of(_sources())


def sources_sha256(parts: Sequence[str]) -> str:
    """What tells the SQL of some folders and files of the project from those of another version."""
    wanted = [PROJECT / part for part in parts]
    return _sha256_of(
        path
        for path in _sources()
        if path.suffix == ".sql" and any(path.is_relative_to(part) for part in wanted)
    )


def _sha256_of(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.relative_to(PROJECT)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def parse() -> None:
    """Write the manifest, whole or not at all. Raises MeterbookError with dbt's own words."""
    target = PROJECT / "target" / f"parse-{os.getpid()}"
    target.mkdir(parents=True, exist_ok=True)
    with warehouse_for_dbt(target / "meterbook.duckdb"):  # as every warehouse is called
        _run(["parse", "--target-path", os.fspath(target), "--log-path", os.fspath(target)])
    for name in reversed(PARSED):
        (target / name).replace(MANIFEST.with_name(name))
    shutil.rmtree(target)


def _sources() -> list[Path]:
    return sorted(
        path
        for path in PROJECT.rglob("*")
        if path.suffix in {".sql", ".yml"}
        and not {"target", "logs"} & set(path.relative_to(PROJECT).parts)
        and path.is_file()
    )


def _run(arguments: Sequence[str]) -> None:
    command = [os.fspath(DBT), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own command
    if done.returncode:
        raise MeterbookError(f"dbt could not read its project:\n{done.stdout}{done.stderr}")
