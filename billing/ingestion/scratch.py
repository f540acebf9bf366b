"""What one ingest needs for a while: a folder beside the warehouse and a thread for hashing.

Here: things that must be given back whatever happens. Keep out: what is put into them.
"""

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import duckdb

from billing.first_row import first_row


@contextmanager
def hashing() -> Iterator[Executor]:
    """A thread that hashes files ahead while others are read; it stops with its caller."""
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hashing")
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


@contextmanager
def scratch_folder(connection: duckdb.DuckDBPyConnection) -> Iterator[Path]:
    """A folder beside the warehouse, where there is room; what a crash left there is removed.

    Its name is new each time: DuckDB remembers files of one name longer than they live.
    """
    row = first_row(
        connection.execute(
            "select path from duckdb_databases() where database_name = current_database()"
        )
    )
    if not row or not row[0]:
        with tempfile.TemporaryDirectory() as name:
            yield Path(name)
        return
    warehouse = Path(row[0])
    folder = warehouse.with_name(f"{warehouse.name}.ingest")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield Path(tempfile.mkdtemp(dir=folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
