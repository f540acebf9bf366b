"""Adding rows to a catalog file without touching the rows it has.

Here: the one way importers write. Keep out: which rows to add.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from billing.catalog.files import CatalogFile


def append_rows(folder: Path, file: CatalogFile, rows: Iterable[Mapping[str, str]]) -> None:
    """Append `rows`, each by column, in one step; create a missing file.

    Cells follow the header the file has, whatever its order; a column that a row does not name
    is empty. What stood in the file stays byte for byte, unless a row needs a column that the
    file did without: then every row gets it, empty. An interrupted run leaves the old file.
    """
    path, rows = folder / file.file_name, list(rows)
    old = path.read_bytes() if path.exists() else (",".join(file.columns) + "\n").encode()
    if not old.endswith(b"\n"):
        old += b"\n"
    header = _header(old)
    for column in file.absent_columns:
        if column not in header and any(row.get(column) for row in rows):
            old = _widened(old, column)
            header = _header(old)
    added = io.StringIO()
    writer = csv.DictWriter(added, header, restval="", lineterminator="\n")
    writer.writerows(rows)
    fresh = path.with_suffix(".csv.new")
    fresh.write_bytes(old + added.getvalue().encode())
    fresh.replace(path)


def _header(content: bytes) -> list[str]:
    return next(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _widened(content: bytes, column: str) -> bytes:
    """Add a last column, empty in every row."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    wider = io.StringIO()
    writer = csv.writer(wider, lineterminator="\n")
    writer.writerow([*rows[0], column])
    writer.writerows([*row, ""] for row in rows[1:] if row)
    return wider.getvalue().encode()
