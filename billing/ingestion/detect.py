"""Which log format a file is written in, told by what its first rows hold.

Here: looking at rows and choosing the one format that fits best. Add nothing for a new format:
its mapping file says what it is recognised by. Keep out: containers (`container.py`).
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from billing.errors import IngestError
from billing.ingestion.canonical import SourceFormat
from billing.ingestion.container import UTF8_MARK, head_of
from billing.ingestion.mapping import Formats

LOOKED_AT_ROWS = 500
DEEPEST = 6
LONGEST_TEXT = 60
LONGEST_NESTED_TEXT = 65_536


def recognise(file_name: str, rows: Iterable[dict[str, Any]], formats: Formats) -> SourceFormat:
    """The format whose signs are all seen in the rows, the most of them if several fit.

    Raises IngestError when none fits, or several fit equally.
    """
    seen = seen_in(rows)
    fitting = [known for known in formats if known.signs.fit(seen)]
    most = max((len(known.signs.needed) for known in fitting), default=0)
    best = [known.source for known in fitting if len(known.signs.needed) == most]
    if len(best) == 1:
        return best[0]
    if best:
        names = " and ".join(source.name for source in best)
        raise IngestError(f"{file_name} fits {names} equally. Choose one with --format.")
    shown = ", ".join(sorted({names[0] for names in seen})[:12]) or "none"
    raise IngestError(
        f"{file_name} is in no known log format ({', '.join(formats.by_name)}); "
        f"its columns are: {shown}. If it is one of these, choose it with --format; "
        "docs/formats.md says how to describe another."
    )


def seen_in(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, ...], set[str]]:
    """Every path of the rows, with the short texts it leads to in lower case."""
    seen: dict[tuple[str, ...], set[str]] = {}
    for row in rows:
        for names, value in _walk(row, ()):
            texts = seen.setdefault(names, set())
            if isinstance(value, str | int | bool) and len(str(value)) <= LONGEST_TEXT:
                texts.add(str(value).lower())
    return seen


def _walk(value: object, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, str) and value[:1] == "{" and len(value) <= LONGEST_NESTED_TEXT:
        value = _parsed(value)
    if names and value is not None:
        yield names, value
    if len(names) == DEEPEST:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _walk(inner, (*names, name))
    elif isinstance(value, list):
        for inner in value[:3]:
            if isinstance(inner, dict):
                yield from _walk(inner, names)


def _parsed(text: str | bytes) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def json_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The first rows of a JSON lines file, whatever stands between them."""
    lines = head_of(path).removeprefix(UTF8_MARK).split(b"\n")
    for line in lines[:LOOKED_AT_ROWS]:
        row = _parsed(line)
        if isinstance(row, dict):
            yield row
