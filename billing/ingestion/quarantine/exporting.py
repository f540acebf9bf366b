"""Waiting rows as a file for whoever corrects them.

Here: writing it whole or not at all. Keep out: which rows (`waiting.py`).
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from billing.errors import IngestError
from billing.ingestion.quarantine.waiting import KeptRow


def write_rows(path: Path, rows: Iterable[KeptRow]) -> int:
    """Write rows as JSON lines and return how many; a file of that name is replaced at the end.

    Raises IngestError when the folder cannot be written to.
    """
    unfinished = path.with_name(f".{path.name}.tmp")
    written = 0
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
                written += 1
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise IngestError(f"{path} cannot be written ({error.strerror}). Name another.") from error
    return written
