"""Reading a CSV some of whose records are broken, record by record.

Here: the careful way, taken only when the parallel reader refused the file. It finds the next
record after a broken one instead of giving up. Keep out: what the values mean.
"""

import csv
import json
from collections import deque
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TextIO

from billing.ingestion.lines import KEPT_OF_A_LONGER_LINE, TidyFile
from billing.ingestion.readers import LONGEST_RECORD, Header

LINES_OF_ONE_RECORD = 200
# A byte that is no UTF-8, so that what stands before it is no whole record.
TOO_LONG = "\udcff\n"


def as_json_lines(path: Path, folder: Path, header: Header) -> TidyFile:
    """Write the records as JSON lines; broken ones are set aside under their number."""
    csv.field_size_limit(LONGEST_RECORD)
    copy, aside = folder / "records", folder / "broken_records"
    numbers = count(1)
    written = 0
    with copy.open("w", encoding="utf-8") as out, aside.open("w", encoding="utf-8") as told:
        for values, raw in _records(path, header):
            written = next(numbers)
            if values is None:
                text = raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                told.write(json.dumps({"line_number": written, "raw_line": text}) + "\n")
                out.write("{}\n")
            else:
                named = {
                    name: value or None for name, value in zip(header.columns, values, strict=True)
                }
                out.write(json.dumps(named) + "\n")
    return TidyFile(copy, aside, written)


def _records(path: Path, header: Header) -> Iterator[tuple[list[str] | None, str]]:
    """Yield each data record with its text; None for the values of a broken one."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = iter(lambda: _line(file), "")
        waiting: deque[str] = deque()
        is_header = True
        while line := waiting.popleft() if waiting else next(lines, ""):
            if not line.strip():
                continue
            values, used = _complete(line, lines, waiting, header)
            if not is_header:
                yield values, used.rstrip("\r\n")
            is_header = False


def _line(file: TextIO) -> str:
    """The next line; of one too long to hold only its start, which is no record."""
    line = file.readline(LONGEST_RECORD)
    if len(line) < LONGEST_RECORD or line.endswith("\n"):
        return line
    while (rest := file.readline(LONGEST_RECORD)) and not rest.endswith("\n"):
        pass
    return line[:KEPT_OF_A_LONGER_LINE] + TOO_LONG


def _complete(
    line: str, lines: Iterator[str], waiting: deque[str], header: Header
) -> tuple[list[str] | None, str]:
    """Parse the record that starts with `line`, taking further lines only if they complete it."""
    text = line
    taken: list[str] = []
    while True:
        values = _parse(text, header.delimiter)
        if (
            values is not None
            and len(values) == len(header.columns)
            and text.isascii() | _is_unicode(text)
        ):
            return values, text
        is_open = values is None and len(taken) < LINES_OF_ONE_RECORD
        following = (waiting.popleft() if waiting else next(lines, "")) if is_open else ""
        if not following:
            waiting.extendleft(reversed(taken))
            return None, line
        taken.append(following)
        text += following


def _parse(text: str, delimiter: str) -> list[str] | None:
    """The values of one record; None while a quote is open or stands where it may not."""
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
