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
    is empty. What stood in the file stays byte for byte; an interrupted run leaves the old file.
    """
    path = folder / file.file_name
    old = path.read_bytes() if path.exists() else (",".join(file.columns) + "\n").encode()
    if not old.endswith(b"\n"):
        old += b"\n"
    header = next(csv.reader(io.StringIO(old.decode("utf-8-sig"), newline="")))
    added = io.StringIO()
    writer = csv.DictWriter(added, header, restval="", lineterminator="\n")
    writer.writerows(rows)
    fresh = path.with_suffix(".csv.new")
    fresh.write_bytes(old + added.getvalue().encode())
    fresh.replace(path)
