"""Opening the warehouse: one writer, UTC, always closed again.

Here: the only ways to open the DuckDB file. Add a setting when every stage needs it. Keep out:
tables of a single stage and anything that reads them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from billing.errors import MeterbookError, WarehouseBusyError
from billing.ingestion.literals import text_literal
from billing.ingestion.tables import create_raw_tables, refuse_other_layout

SCHEMAS = ("raw", "catalog", "books", "audit")
MEMORY_CEILING_BYTES = 2_500 * 2**20


@contextmanager
def open_warehouse(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse read-write; it exists afterwards with all schemas and raw tables.

    Raises WarehouseBusyError when another process holds the file and MeterbookError when the
    file is not a warehouse. The lock is released whatever happens inside.
    """
    if not path.exists():
        _create(path)
    connection = _connect(path)
    try:
        for left in path.parent.glob(f"{path.name}.*.new*"):
            left.unlink(missing_ok=True)
        _prepare(connection)
        yield connection
    finally:
        connection.close()


@contextmanager
def read_warehouse(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for reading only; while it is open nobody can write.

    Raises WarehouseBusyError when another process writes to the file and MeterbookError when
    there is none, or another version laid it out.
    """
    if not path.exists():
        raise MeterbookError(f"There is no warehouse at {path} yet. Ingest logs first.")
    with _opening(path):
        connection = duckdb.connect(str(path), read_only=True)
    try:
        connection.execute("set TimeZone = 'UTC'")
        refuse_other_layout(connection)
        yield connection
    finally:
        connection.close()


@contextmanager
def scratch_database(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in memory; what does not fit there goes to `folder`."""
    connection = duckdb.connect()
    try:
        _limit(connection)
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"set temp_directory = {text_literal(str(folder))}")
        yield connection
    finally:
        connection.close()


@contextmanager
def attached(connection: duckdb.DuckDBPyConnection, path: Path, alias: str) -> Iterator[None]:
    """Let `connection` read the warehouse as database `alias`; nobody can write meanwhile.

    Raises WarehouseBusyError when another process writes to the file.
    """
    with _opening(path):
        connection.execute(f"attach {text_literal(str(path))} as {alias} (read_only)")
    try:
        yield
    finally:
        connection.execute(f"detach {alias}")


def _create(path: Path) -> None:
    """Make an empty warehouse beside its place and put it there whole.

    A process killed while DuckDB writes the first bytes of a new file leaves one that nobody
    can open. Linking never replaces what another process put there in between, and that
    process may tidy up before this one has linked.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    beside.unlink(missing_ok=True)
    try:
        with _connect(beside) as connection:
            _prepare(connection)
        with suppress(FileExistsError, FileNotFoundError):
            path.hardlink_to(beside)
    finally:
        beside.unlink(missing_ok=True)


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    _limit(connection)
    # Trying them costs three tenths of every load; without, events take half as much room again.
    connection.execute("set disabled_compression_methods = 'fsst,dict_fsst'")
    for schema in SCHEMAS:
        connection.execute(f"create schema if not exists {schema}")
    create_raw_tables(connection)


def _limit(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("set TimeZone = 'UTC'")
    # As in profiles.yml: summing below a join, over more groups than the sum has, is no gain.
    connection.execute("set disabled_optimizers = 'partial_aggregate_pushdown'")
    connection.execute(f"set memory_limit = '{_memory_limit() // 2**20}MiB'")


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    with _opening(path):
        return duckdb.connect(str(path))


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    """Say in our words why DuckDB refuses a file."""
    try:
        yield
    except duckdb.IOException as error:
        if "lock" in str(error):
            raise WarehouseBusyError(
                f"{path.name} is in use by another process. "
                "Wait until that ingest or close has ended, then run this again."
            ) from error
        raise MeterbookError(
            f"{path.name} cannot be opened as a warehouse: {error}. Move the file away "
            "and ingest the logs again; everything in it can be rebuilt from them."
        ) from error


def _memory_limit() -> int:
    """Bytes for DuckDB: a ceiling that keeps big files on disk, less on a small machine."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(MEMORY_CEILING_BYTES, physical * 6 // 10)
