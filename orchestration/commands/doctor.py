"""`meterbook doctor`: whether this installation can close a month.

Here: one look at everything a close depends on. Keep out: repairing.
"""

import sys
from collections.abc import Callable
from importlib.metadata import version

import duckdb
import typer

from billing.books.address import books_of, books_place
from billing.catalog import check_catalog
from billing.errors import MeterbookError
from billing.home import Home
from billing.subscriptions import catalog_in_force
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    clock,
    print_json,
    print_table,
)
from orchestration.forms import known_forms

PYTHONS = ((3, 11), (3, 13))
PACKAGES = ("dagster", "dbt-core", "dbt-duckdb", "duckdb", "polars", "typst")


def doctor(home_dir: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Check the environment, catalog, books and warehouse; exit 1 when something is wrong."""
    home = Home(home_dir)
    looks: dict[str, Callable[[Home], str]] = {
        "python": _python,
        "packages": _packages,
        "clock": _clock,
        "catalog": _catalog,
        "books": _books,
        "warehouse": _warehouse,
    }
    results = [(name, *_look(look, home)) for name, look in looks.items()]
    is_well = all(well for _, well, _ in results)
    if as_json:
        checks = [{"check": n, "ok": well, "detail": detail} for n, well, detail in results]
        print_json({"ok": is_well, "checks": checks})
    else:
        rows = [(name, "ok" if well else "WRONG", detail) for name, well, detail in results]
        print_table(("check", "", "detail"), rows)
    if not is_well:
        raise typer.Exit(1)


def _look(look: Callable[[Home], str], home: Home) -> tuple[bool, str]:
    try:
        return True, look(home)
    except MeterbookError as error:
        return False, str(error)


def _python(home: Home) -> str:
    del home
    found = sys.version_info[:2]
    if not PYTHONS[0] <= found <= PYTHONS[1]:
        raise MeterbookError(f"Python {found[0]}.{found[1]} is not supported. Use 3.11 to 3.13.")
    return f"{found[0]}.{found[1]}"


def _packages(home: Home) -> str:
    del home
    return ", ".join(f"{package} {version(package)}" for package in PACKAGES)


def _clock(home: Home) -> str:
    del home
    now = clock()
    return f"{now.now():%Y-%m-%dT%H:%M:%SZ}" + (" (set by METERBOOK_NOW)" if now.fixed else "")


def _catalog(home: Home) -> str:
    with books_of(home) as books, catalog_in_force(home.catalog, books) as folder:
        problems = check_catalog(folder, known_forms())
    if problems:
        raise MeterbookError(f"{len(problems)} problems, the first: {problems[0]}")
    return f"{home.catalog}: no problems"


def _books(home: Home) -> str:
    with books_of(home) as books:
        return f"{books_place(home)}: {len(books.documents())} finalized documents"


def _warehouse(home: Home) -> str:
    with books_of(home) as books:
        wanted = books.manifest()
    if not home.warehouse_file.exists() and not wanted:
        return f"{home.warehouse_file} is made by the first ingest"
    if not home.warehouse_file.exists():
        raise MeterbookError(
            f"{home.warehouse_file} is gone, and {len(wanted)} files that finalized months rest on "
            "with it. Ingest the original files again."
        )
    try:
        with duckdb.connect(str(home.warehouse_file), read_only=True) as connection:
            rows = connection.sql("select content_sha256 from raw.ingest_file").fetchall()
    except duckdb.Error as error:
        raise MeterbookError(f"{home.warehouse_file} cannot be read: {error}") from error
    missing = wanted.keys() - {row[0] for row in rows}
    if missing:
        raise MeterbookError(
            f"{len(missing)} files that finalized months rest on are not in the warehouse. "
            "Ingest the original files again."
        )
    return f"{home.warehouse_file}: {len(rows)} files ingested"
