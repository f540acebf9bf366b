"""Adding rows to a catalog file without touching the rows it has.

Here: the one way importers write. Keep out: which rows to add.
"""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from billing.catalog.files import CatalogFile


def append_rows(folder: Path, file: CatalogFile, rows: Iterable[Iterable[str]]) -> None:
    """Append `rows` (in the order of the file's columns) in one step; create a missing file.

    What stood in the file stays byte for byte; an interrupted run leaves the old file.
    """
    path = folder / file.file_name
    old = path.read_bytes() if path.exists() else (",".join(file.columns) + "\n").encode()
    if not old.endswith(b"\n"):
        old += b"\n"
    added = io.StringIO()
    csv.writer(added, lineterminator="\n").writerows(rows)
    fresh = path.with_suffix(".csv.new")
    fresh.write_bytes(old + added.getvalue().encode())
    fresh.replace(path)
