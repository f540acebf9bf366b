"""Where one installation keeps its state on disk.

Here: the folders under `--home` and the lock that lets one process at a time work in it. Add
a folder when a stage needs a place of its own. Keep out: reading or writing what is in them.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from billing.errors import WarehouseBusyError


@dataclass(frozen=True)
class Home:
    """One installation's folders; `root` is `--home`, `METERBOOK_HOME` or `data/`."""

    root: Path

    @property
    def catalog(self) -> Path:
        """CSV files: customers, contracts, prices, taxes."""
        return self.root / "catalog"

    @property
    def written_catalog(self) -> Path:
        """The catalog with what the books decided since; made anew before each use."""
        return self.root / "warehouse" / "catalog"

    @property
    def catalog_in_force(self) -> Path:
        """The catalog that was loaded last: the one written out, else the operator's own."""
        return self.written_catalog if self.written_catalog.is_dir() else self.catalog

    @property
    def landing(self) -> Path:
        """Where gateway logs arrive."""
        return self.root / "landing"

    @property
    def warehouse_file(self) -> Path:
        """The DuckDB file; may be deleted and rebuilt from the logs."""
        return self.root / "warehouse" / "meterbook.duckdb"

    @property
    def books_file(self) -> Path:
        """The SQLite books; never to be deleted."""
        return self.root / "books" / "books.sqlite"

    @property
    def documents(self) -> Path:
        """Rendered documents, one folder for each."""
        return self.root / "documents"

    @property
    def published(self) -> Path:
        """What others read: gateways their entitlements."""
        return self.root / "published"

    @property
    def dagster(self) -> Path:
        """The record of runs."""
        return self.root / "dagster"

    def prepare(self) -> None:
        """Create the folders that hold state; existing ones are left as they are."""
        for folder in (
            self.landing,
            self.warehouse_file.parent,
            self.books_file.parent,
            self.documents,
            self.dagster,
        ):
            folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def exclusive(self, wait: float = 0) -> Iterator[None]:
        """Hold this home for one process; freed by the system even when the process is killed.

        Raises WarehouseBusyError when another process still holds it after `wait` seconds.
        """
        self.prepare()
        with (self.warehouse_file.parent / ".lock").open("a+") as lock:
            until = time.monotonic() + wait
            while not _is_taken(lock):
                left = until - time.monotonic()
                if left <= 0:
                    lock.seek(0)
                    holder = lock.read().strip() or "unknown"
                    raise WarehouseBusyError(
                        f"Another process (pid {holder}) is working in {self.root}. "
                        "Wait until it has ended, then run the command again."
                    )
                time.sleep(min(left, 0.5))
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield


def _is_taken(lock: IO[str]) -> bool:
    """Take the lock unless another process has it; whether it was taken."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
