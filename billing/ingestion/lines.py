"""Lines of a JSON lines file: counting them, setting bad ones aside, fetching their text.

Here: what is done with lines before and beside the parallel reader, in blocks. The reader
numbers rows by position, so a line it must not see (blank, or no JSON object) is replaced by
an empty object and set aside under its number. Keep out: what a row's fields mean.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from billing.errors import IngestError
from billing.ingestion.container import UTF8_MARK
from billing.ingestion.delivery import BLOCK

LONGEST_LINE = 16 << 20
KEPT_OF_A_LONGER_LINE = 4096

Judge = Callable[[bytes], bool]


@dataclass(frozen=True)
class TidyFile:
    """A copy with one JSON object per line; `aside` tells what was replaced in it.

    `aside` is JSON lines of `line_number` and `raw_line`; the latter is null for a blank line.
    """

    path: Path
    aside: Path
    lines: int


def count_lines(path: Path) -> int:
    """Lines of a file, an unended last one included."""
    lines, last = 0, b"\n"
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK):
            lines += block.count(10)
            last = block[-1:]
    return lines + (last != b"\n")


def looks_like_object(line: bytes) -> bool:
    """Whether a line starts and ends as an object; one that does not cannot be a row."""
    text = line.strip()
    return text.startswith(b"{") and text.endswith(b"}")


def tidy(path: Path, copy: Path, judge: Judge | None = None) -> TidyFile:
    """Write to `copy` the file in which every line that is no row is an empty object.

    Without `judge`, lines are told by their ends alone, whole blocks at a time.
    """
    aside = copy.with_suffix(".aside")
    number = 0
    with copy.open("wb") as out, aside.open("w", encoding="utf-8") as told:
        for block in _whole_lines(path):
            if judge is None and _all_look_like_objects(block):
                out.write(block)
                number += block.count(10)
                continue
            for line in block.split(b"\n")[:-1]:
                number += 1
                is_row = looks_like_object(line) and (judge is None or judge(line))
                out.write(line + b"\n" if is_row else b"{}\n")
                if not is_row:
                    told.write(_told(number, line if line.strip() else None))
    return TidyFile(copy, aside, number)


def whole_objects(name: str, path: Path, copy: Path) -> Path:
    """Write to `copy` the file without blank lines, its decimal numbers as texts.

    So no amount is read as a binary fraction on its way. Raises IngestError when a line is no
    object.
    """
    with copy.open("wb") as out:
        numbers = count(1)
        for block in _whole_lines(path):
            for line in block.split(b"\n")[:-1]:
                number = next(numbers)
                if line.strip():
                    out.write(_exact_object(f"{name}, line {number}", line))
    return copy


def _exact_object(place: str, line: bytes) -> bytes:
    try:
        row = json.loads(line, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise IngestError(
            f"{place}: is no whole JSON object. Nothing of it was taken; fetch the report again, "
            "whole."
        )
    return json.dumps(row).encode() + b"\n"


def keep_bad_lines(path: Path, copy: Path, judge: Judge) -> Path:
    """Write to `copy` the file without blank lines, a line that is no row as an object's text."""
    with copy.open("wb") as out:
        for block in _whole_lines(path):
            for line in filter(bytes.strip, block.split(b"\n")):
                is_row = looks_like_object(line) and judge(line)
                text = line.rstrip(b"\r").decode("utf-8", "replace")
                kept = json.dumps({"unreadable_line": text}).encode()
                out.write((line if is_row else kept) + b"\n")
    return copy


def texts_of(path: Path, wanted: Iterable[int], told: Path) -> None:
    """Write the texts of the lines `wanted` (ascending) to `told`, in the form of `aside`."""
    numbers = iter(wanted)
    number = next(numbers, None)
    before = 0
    with told.open("w", encoding="utf-8") as out:
        blocks = _whole_lines(path)
        while number is not None and (block := next(blocks, None)):
            inside = block.count(10)
            if number <= before + inside:
                lines = block.split(b"\n")
                while number is not None and number <= before + inside:
                    out.write(_told(number, lines[number - before - 1]))
                    number = next(numbers, None)
            before += inside


def _told(number: int, line: bytes | None) -> str:
    text = None if line is None else line.rstrip(b"\r").decode("utf-8", "replace")
    return json.dumps({"line_number": number, "raw_line": text}) + "\n"


def _all_look_like_objects(block: bytes) -> bool:
    lines = block.count(10)
    return block.startswith(b"{") and block.endswith(b"}\n") and block.count(b"}\n{") == lines - 1


def _whole_lines(path: Path) -> Iterator[bytes]:
    """Yield blocks that end with a line; of a line too long to hold only its start is kept."""
    rest, is_skipping = b"", False
    with path.open("rb", buffering=0) as file:
        if file.read(len(UTF8_MARK)) != UTF8_MARK:
            file.seek(0)
        while block := file.read(BLOCK):
            if is_skipping:
                end = block.find(b"\n")
                if end < 0:
                    continue
                block, is_skipping = block[end:], False
            rest += block
            cut = rest.rfind(b"\n") + 1
            if cut:
                yield rest[:cut]
                rest = rest[cut:]
            elif len(rest) > LONGEST_LINE:
                rest, is_skipping = rest[:KEPT_OF_A_LONGER_LINE], True
    if rest:
        yield rest + b"\n"
