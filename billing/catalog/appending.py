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

    A row may leave out columns at its end. What stood in the file stays byte for byte, with its
    own order of columns; an interrupted run leaves the old file.
    """
    path = folder / file.file_name
    old = path.read_bytes() if path.exists() else (",".join(file.columns) + "\n").encode()
    if not old.endswith(b"\n"):
        old += b"\n"
    header = next(csv.reader([old.decode("utf-8-sig").splitlines()[0]]))
    added = io.StringIO()
    writer = csv.DictWriter(added, header, restval="", lineterminator="\n")
    for row in rows:
        cells = dict(zip(file.columns, row, strict=False))
        writer.writerow({name: cell for name, cell in cells.items() if cell})
    fresh = path.with_suffix(".csv.new")
    fresh.write_bytes(old + added.getvalue().encode())
    fresh.replace(path)
