"""Quarantine as a workplace: looking at waiting rows and reading them again.

Here: everything about rows after they were set aside. Add here what can become of them. Keep
out: why a row is set aside (`billing.ingestion.checks`) and writing to the books.
"""

from billing.ingestion.quarantine.choosing import Chosen
from billing.ingestion.quarantine.exporting import write_rows
from billing.ingestion.quarantine.retrying import Retries, pending_files, write_retries
from billing.ingestion.quarantine.waiting import (
    Discarded,
    Group,
    KeptRow,
    count_by_file,
    load_kept_rows,
    rows_of,
)

__all__ = [
    "Chosen",
    "Discarded",
    "Group",
    "KeptRow",
    "Retries",
    "count_by_file",
    "load_kept_rows",
    "pending_files",
    "rows_of",
    "write_retries",
    "write_rows",
]
