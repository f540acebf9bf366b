"""A retry file: JSON lines, each pointing to a row in quarantine that is to be read again.

Here: writing such a file, knowing it and reading it. It holds no text of a row, so no delivered
file can change what a row says. Keep out: the rows (`waiting.py`) and judging them.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from billing.boundaries import reached
from billing.errors import IngestError

VERSION = 1
FORMAT = "quarantine_retry"
"""What a retry file is called where other files have the name of their log format."""
_MARK = f'{{"meterbook_retry": {VERSION}, '.encode()
_SHA256_LENGTH = 64


@dataclass(frozen=True)
class Pointer:
    """One row: its file's content, its line there, and how often it was retried, this time included.

    The attempt makes a second retry of the same rows another file, which is not skipped.
    """

    content_sha256: str
    line_number: int
    attempt: int


def write_pointers(path: Path, pointers: Iterable[Pointer]) -> None:
    """Write the file under its name when it is whole; a crash leaves none or all of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("w", encoding="utf-8") as file:
        for pointer in pointers:
            file.write(json.dumps({"meterbook_retry": VERSION, **asdict(pointer)}) + "\n")
        file.flush()
        os.fsync(file.fileno())
    reached("retry.before_rename")
    unfinished.replace(path)
    reached("retry.after_rename")


def is_retry(plain: Path) -> bool:
    """Whether a file is a retry file, told by its first bytes."""
    with plain.open("rb") as file:
        return file.read(len(_MARK)) == _MARK


def read_pointers(name: str, plain: Path) -> Iterator[Pointer]:
    """Each line of a retry file. Raises IngestError when one is no pointer."""
    with plain.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            yield _pointer(line) or _damaged(name, number)


def _pointer(line: str) -> Pointer | None:
    try:
        found = json.loads(line)
        sha256, row, attempt = found["content_sha256"], found["line_number"], found["attempt"]
    except (ValueError, KeyError, TypeError):
        return None
    is_whole = isinstance(sha256, str) and len(sha256) == _SHA256_LENGTH
    is_counted = type(row) is int and type(attempt) is int and 0 < row < 1 << 62
    return Pointer(sha256, row, attempt) if is_whole and is_counted else None


def _damaged(name: str, number: int) -> Pointer:
    raise IngestError(
        f"{name} is a retry file whose line {number} points to no row; nothing of it was taken. "
        "Retry files are written by `meterbook quarantine retry`: restore it, or remove it and "
        "retry again if no finalized month rests on it."
    )
