"""A set of a file's lines as one bit each, so that asking for a line needs no join.

Here: making such a set and asking it, as SQL. Keep out: what the lines are.
"""

import duckdb

from billing.first_row import first_row


def mark(connection: duckdb.DuckDBPyConnection, name: str, lines: str, last: int) -> bool:
    """Put the lines that the query `lines` gives into the set `name`; whether there are any.

    No line may be greater than `last`.
    """
    connection.execute(
        f"set variable {name} = (select bitstring_agg(line_number, 0, {int(last)}::bigint) "
        f"from ({lines}))"
    )
    found = first_row(connection.execute(f"select getvariable('{name}') is not null"))
    return found == (True,)


def is_marked(name: str, line: str = "line_number") -> str:
    """SQL: whether a line is in the set `name`."""
    marks = f"getvariable('{name}')"
    return f"""coalesce(
    {line} < bit_length({marks})
    and get_bit({marks}, cast(least({line}, bit_length({marks}) - 1) as integer)) = 1, false)"""
