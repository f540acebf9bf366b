"""A row of a catalog file as text of one spelling, so that two editions can be compared.

Here: what identifies a row and what it says, with numbers written one way. Keep out:
comparing (`diff`, `accepted`).
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import polars as pl

from billing.catalog.files import CatalogFile


def row_texts(file: CatalogFile, text: pl.DataFrame) -> list[dict[str, str]]:
    """Return every row by column, in the order of the file; `0.10` is written `0.1`."""
    numeric = [name for name in file.columns if file.dtype(name).is_numeric()]
    rows = text.select(list(file.columns)).to_dicts()
    for row in rows:
        for name in numeric:
            row[name] = _number(row[name])
    return rows


def row_key(file: CatalogFile, row: Mapping[str, str]) -> str:
    """Return what identifies a row, as it is written in messages and in corrections.csv."""
    return " / ".join(row[name] for name in file.key)


def _number(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return format(number.normalize(), "f") if number else "0"
