"""Files that were read and wait to be written, searched for in the history all at once.

Here: one such file, and how many of them wait. Keep out: reading and writing them (`intake.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from billing.first_row import first_row
from billing.ingestion.delivery import Delivery
from billing.ingestion.duplicates import Sought
from billing.ingestion.reading import Reader, Reading
from billing.ingestion.supplied import Supplied

# A search reads the hash of every event there is, and often much of what else they say. For at
# least a tenth as many rows, that is little beside reading and writing these.
SHARE_OF_HISTORY = 10
LEAST_ROWS = 1_000_000
MOST_ROWS = 10_000_000
MOST_SCRATCH_BYTES = 8 << 30
MOST_FILES = 64


@dataclass(frozen=True)
class Read:
    """How a file was read, and what can still fetch its texts."""

    reader: Reader
    reading: Reading
    source_id: str
    supplied: Supplied

    @property
    def rows(self) -> Sought | None:
        """What is searched for; of a bill nothing."""
        staged, source = self.reading.staged, self.reading.source
        return Sought(staged, self.source_id, source.repeats) if staged else None


@dataclass(frozen=True)
class File:
    """A file to be taken; a retry file is not `read` ahead."""

    delivery: Delivery
    folder: Path
    plain: Path
    now: datetime
    read: Read | None = None

    @property
    def rows(self) -> Sought | None:
        """What is searched for before it is written."""
        return self.read.rows if self.read else None


def are_enough(connection: duckdb.DuckDBPyConnection, files: Sequence[File]) -> bool:
    """Whether no more files may be read before these are written.

    A file that is not searched for is the last: what a retry file points to may come with the
    files before it.
    """
    rows = 0
    scratch = 0
    for file in files:
        if file.rows is None:
            return True
        rows += file.rows.staged.rows
        scratch += file.plain.stat().st_size if file.plain != file.delivery.path else 0
    (history,) = first_row(connection.execute("select count(*) from raw.event_identity")) or (0,)
    return (
        rows >= min(max(LEAST_ROWS, history // SHARE_OF_HISTORY), MOST_ROWS)
        or scratch >= MOST_SCRATCH_BYTES
        or len(files) >= MOST_FILES
    )
