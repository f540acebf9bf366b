"""What one catalog says that another did not: rows added, ended, changed and removed.

Here: comparing two folders file by file and row by key, values and not their spelling. Keep
out: whether a catalog holds together (`catalog.check_catalog`) and printing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl

from billing.catalog import checking
from billing.catalog.files import FILES, CatalogFile
from billing.catalog.reading import ROW, read_text
from billing.catalog.row_text import row_key, row_texts
from billing.errors import CatalogError, MeterbookError, Problem

PERCENT_DIGITS = 2
VALUES = ("unit_price", "discount_pct", "tax_rate", "monthly_fee", "amount", "rate")
"""Columns that are what a row is worth; the first one a file has."""

BAND = "context_above_tokens"
OPEN = "9999"

Row = Mapping[str, str]


@dataclass(frozen=True)
class RowChange:
    """One row that differs, or one field of it; `old` and `new` are empty where there is none.

    `kind` is added, ended, changed or removed. An added row that takes the place of another of
    its scope has the value of that one as `old`. `percent` is exact to two decimals.
    """

    file: str
    kind: str
    key: str
    row: int
    about: str
    field: str
    old: str
    new: str
    percent: str
    starts: str


def diff_catalogs(old: Path, new: Path) -> list[RowChange]:
    """Compare two folders; changes in the order of files and of rows of the new one.

    Raises CatalogError when a file of one of them cannot be read row by row. A file that only
    one of them has is compared as if it were empty in the other.
    """
    for folder in (old, new):
        if not folder.is_dir():
            raise MeterbookError(f"{folder} is not a folder. Name the folder of catalog files.")
    problems: list[Problem] = []
    changes: list[RowChange] = []
    for file in FILES.values():
        before, wrong_before = _rows(old, file)
        after, wrong_after = _rows(new, file)
        problems += wrong_before + wrong_after
        if not problems:
            changes += _changes(file, before, after)
    if problems:
        raise CatalogError(problems)
    return changes


Numbered = Mapping[str, tuple[int, Row]]
"""Key to row number and cells."""


def _rows(folder: Path, file: CatalogFile) -> tuple[Numbered, list[Problem]]:
    if not (folder / file.file_name).exists():
        return {}, []
    text, problems = read_text(folder, file)
    if text is not None:
        problems += checking.value_problems(file, text) + checking.key_problems(file, text)
    if text is None or problems:
        named = [
            Problem(str(folder / each.file), each.message, each.remedy, each.row, each.field)
            for each in problems
        ]
        return {}, named
    numbers = text.get_column(ROW).cast(pl.Int64).to_list()
    rows = row_texts(file, text)
    return {
        row_key(file, row): (number, row) for number, row in zip(numbers, rows, strict=True)
    }, []


def _changes(file: CatalogFile, before: Numbered, after: Numbered) -> Iterator[RowChange]:
    replaced = _replaced(file, after)
    for key, (number, row) in after.items():
        place = (key, number, row)
        if key not in before:
            value = _value(file)
            yield _change(file, "added", place, value, replaced.get(key, ""), row.get(value, ""))
            continue
        was = before[key][1]
        for field in file.columns:
            old, new = was[field], row[field]
            if old != new:
                kind = "ended" if _ends(file, field) and not old else "changed"
                yield _change(file, kind, place, field, old, new)
    for key, (number, row) in before.items():
        if key not in after:
            value = _value(file)
            yield _change(file, "removed", (key, number, row), value, row.get(value, ""), "")


def _replaced(file: CatalogFile, rows: Numbered) -> dict[str, str]:
    """Return, by key, the value that was in force in a row's scope when the row begins.

    A price above a threshold that has none before takes the place of the price without one.
    """
    window, value = file.window, _value(file)
    if window is None or not window.scope or not value:
        return {}
    found: dict[str, str] = {}
    earlier: dict[tuple[str, ...], list[Row]] = {}
    for key, (_, row) in sorted(rows.items(), key=lambda item: item[1][1][window.starts]):
        for above in dict.fromkeys((row.get(BAND, ""), "0")):
            scope = tuple(above if name == BAND else row[name] for name in window.scope)
            before = [
                each for each in earlier.get(scope, []) if each[window.starts] < row[window.starts]
            ]
            if before and (before[-1][window.ends] or OPEN) >= row[window.starts]:
                found.setdefault(key, before[-1][value])
        earlier.setdefault(tuple(row[name] for name in window.scope), []).append(row)
    return found


def _change(
    file: CatalogFile, kind: str, place: tuple[str, int, Row], field: str, old: str, new: str
) -> RowChange:
    key, number, row = place
    window = file.window
    scope = window.scope if window is not None and window.scope else file.key
    return RowChange(
        file=file.file_name,
        kind=kind,
        key=key,
        row=number,
        about=" ".join(row[name] for name in scope if row[name]),
        field=field,
        old=old,
        new=new,
        percent=_percent(old, new) if field == _value(file) else "",
        starts=row[window.starts] if window is not None else "",
    )


def _value(file: CatalogFile) -> str:
    return next((name for name in VALUES if name in file.columns), "")


def _ends(file: CatalogFile, field: str) -> bool:
    return file.window is not None and field == file.window.ends


def _percent(old: str, new: str) -> str:
    """Return how much more `new` is than `old`, rounded half up; empty without both."""
    if not old or not new or not Fraction(old):
        return ""
    share = (Fraction(new) / Fraction(old) - 1) * 100 * 10**PERCENT_DIGITS
    sign = -1 if share < 0 else 1
    size = abs(share)
    rounded = sign * ((2 * size.numerator + size.denominator) // (2 * size.denominator))
    return format(Decimal(rounded).scaleb(-PERCENT_DIGITS), "f")
