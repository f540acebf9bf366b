"""Catalog files from disk to rows of text.

Here: opening, decoding and splitting CSV, and what can be wrong with a file as a whole. Rows
are numbered as a spreadsheet shows them: the header is row 1, the first data row is row 2.
Keep out: what the values mean.
"""

import csv
from pathlib import Path

import polars as pl

from billing.catalog.files import CatalogFile
from billing.errors import Problem

ROW = "row"
FIRST_ROW = 2


def read_text(folder: Path, file: CatalogFile) -> tuple[pl.DataFrame | None, list[Problem]]:
    """All rows of one file as text with their row number, and what is wrong with the file.

    Empty cells are empty strings, and so are the cells of a column that may be absent and is.
    The frame is None when the file cannot be read as a table with its columns; a row with too
    few or too many cells is left out and named.
    """
    path = folder / file.file_name
    if file.may_be_absent and not path.exists():
        return _frame(file, list(file.columns), [])
    if not path.is_file():
        remedy = f"Create it with the header {','.join(file.columns)}."
        return None, [Problem(file.file_name, f"is missing in {folder}", remedy)]
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream, strict=True))
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 at byte {error.start}"
        return None, [Problem(file.file_name, message, "Save it as UTF-8.")]
    except csv.Error as error:
        return None, [Problem(file.file_name, f"is not CSV ({error})", "Check the quotes.")]
    problems = _header_problems(file, rows[0] if rows else [])
    if problems:
        return None, problems
    return _frame(file, rows[0], rows[1:])


def _header_problems(file: CatalogFile, header: list[str]) -> list[Problem]:
    allowed = ", ".join(file.columns)
    problems = [
        Problem(file.file_name, "is an unknown column", f"Use only {allowed}.", 1, name)
        for name in header
        if name not in file.columns
    ]
    problems += [
        Problem(file.file_name, "is a missing column", "Add it to the header.", 1, name)
        for name in file.columns
        if name not in header and name not in file.absent_columns
    ]
    problems += [
        Problem(file.file_name, "occurs twice in the header", "Keep one.", 1, name)
        for name in file.columns
        if header.count(name) > 1
    ]
    return problems


def _frame(
    file: CatalogFile, header: list[str], rows: list[list[str]]
) -> tuple[pl.DataFrame, list[Problem]]:
    problems = []
    kept: list[tuple[int, list[str]]] = []
    for number, cells in enumerate(rows, FIRST_ROW):
        if len(cells) == len(header):
            kept.append((number, cells))
        elif cells:
            message = f"has {len(cells)} cells, the header has {len(header)}"
            problems.append(
                Problem(file.file_name, message, "Quote cells that hold a comma.", number)
            )
    data = {name: [cells[i] for _, cells in kept] for i, name in enumerate(header)}
    frame = pl.DataFrame(
        {ROW: [number for number, _ in kept], **data},
        schema={ROW: pl.Int64, **dict.fromkeys(header, pl.String)},
    )
    absent = [pl.lit("").alias(name) for name in file.columns if name not in header]
    return frame.with_columns(absent).select(ROW, *file.columns), problems
