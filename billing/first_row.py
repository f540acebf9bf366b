"""Reading one row of a DuckDB result.

Here: the one way to ask for a single row. Keep out: anything that reads more.
"""

from typing import Any

import duckdb


def first_row(result: duckdb.DuckDBPyConnection) -> tuple[Any, ...] | None:
    """Return the first row of what was executed, or None; the result is read to its end.

    One that is not read to its end holds its connection against everything else.
    """
    rows = result.fetchall()
    return rows[0] if rows else None
