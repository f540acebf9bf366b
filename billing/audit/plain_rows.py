"""Warehouse rows as plain data: names to strings, numbers and nothing else.

Here: reading a query into dictionaries whose values JSON can hold, amounts as text. Keep out:
queries.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from billing.audit.local_time import NO_DAY

PlainRow = dict[str, Any]


def plain_rows(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object]
) -> list[PlainRow]:
    """Run a query and return its rows by column name, every value plain."""
    cursor = connection.execute(query, parameters)
    names = [column[0] for column in cursor.description or ()]
    rows = cursor.fetchall()
    return [
        {name: plain_value(value) for name, value in zip(names, row, strict=True)} for row in rows
    ]


def plain_value(value: object) -> str | int | bool | None:
    """Return a value JSON can hold: decimals as text, instants with Z, open ends as None."""
    if isinstance(value, Decimal):
        return plain_decimal(value)
    if isinstance(value, datetime):
        return None if value.date() >= NO_DAY else f"{value.isoformat()}Z"
    if isinstance(value, date):
        return None if value >= NO_DAY else value.isoformat()
    if value is None or isinstance(value, (str, int)):
        return value
    raise TypeError(f"no plain form of {type(value).__name__}")


def plain_decimal(value: Decimal) -> str:
    """Write a decimal without exponent and without zeros at its end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
