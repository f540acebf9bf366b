"""Which log format a file is written in, told by the names of its columns.

Here: recognising a format. Add nothing for a new format: it says itself what it is recognised
by. Keep out: containers and compressions (`container.py`).
"""

import json
from collections.abc import Iterable
from pathlib import Path

from billing.errors import IngestError
from billing.ingestion.container import UTF8_MARK, head_of
from billing.ingestion.formats import FORMATS, SourceFormat

LOOKED_AT_LINES = 500


def named_format(name: str) -> SourceFormat:
    """The format called `name`. Raises IngestError when there is none."""
    if name not in FORMATS:
        raise IngestError(f"There is no log format {name!r}. Known are: {', '.join(FORMATS)}.")
    return FORMATS[name]


def recognise(file_name: str, columns: Iterable[str]) -> SourceFormat:
    """The one format that fits. Raises IngestError when none does, or several."""
    found = set(columns)
    fitting = [known for known in FORMATS.values() if known.recognised_by <= found]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = " and ".join(known.name for known in fitting)
        raise IngestError(f"{file_name} fits {names} equally. Choose one with --format.")
    shown = ", ".join(sorted(found)[:12]) or "none"
    raise IngestError(
        f"{file_name} is in no known log format ({', '.join(FORMATS)}); its columns are: {shown}. "
        "If it is one of these, choose it with --format."
    )


def json_columns(path: Path) -> set[str]:
    """The keys of the first rows of a JSON lines file, whatever stands between them."""
    names: set[str] = set()
    lines = head_of(path).removeprefix(UTF8_MARK).split(b"\n")
    for line in lines[:LOOKED_AT_LINES]:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            names.update(row)
    return names
