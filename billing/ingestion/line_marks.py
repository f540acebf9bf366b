"""A set of a file's lines as one bit each, so that asking for a line needs no join.

Here: making such a set and asking it, as SQL. Keep out: what the lines are.

DuckDB copies a value for every 2,048 rows that ask it, so each two million lines have a value of
their own: of one for twenty million lines the copies took longer than anything else.
"""

import duckdb

LINES_OF_A_BLOCK = 1 << 21


def mark(connection: duckdb.DuckDBPyConnection, name: str, lines: str) -> bool:
    """Put the lines that the query `lines` gives into the set `name`; whether there are any."""
    connection.execute(f"create or replace temp table {name}_line as {lines}")
    found = connection.execute(
        f"select line_number // {LINES_OF_A_BLOCK} as block, min(line_number), max(line_number) "
        f"from {name}_line group by block order by block"
    ).fetchall()
    if not found:
        connection.execute(f"create or replace temp macro {name}(line) as false")
        return False
    cases = " ".join(_block(connection, name, *block) for block in found)
    # What is outside of these bounds is not even read.
    connection.execute(
        f"create or replace temp macro {name}(line) as line between {found[0][1]} and {found[-1][2]} "
        f"and case line // {LINES_OF_A_BLOCK} {cases} else false end"
    )
    return True


def is_marked(name: str, line: str = "line_number") -> str:
    """SQL: whether a line is in the set `name`, as it was marked last."""
    return f"{name}({line})"


def _block(
    connection: duckdb.DuckDBPyConnection, name: str, block: int, least: int, greatest: int
) -> str:
    """Marks the lines of one block, these the first and the last; the case that asks them."""
    connection.execute(
        f"set variable {name}_{block} = ("
        f"select bitstring_agg(line_number, {least}::bigint, {greatest}::bigint) "
        f"from {name}_line where line_number between {least} and {greatest})"
    )
    bit = f"greatest(least(line, {greatest}), {least}) - {least}"
    return (
        f"when {block} then line between {least} and {greatest} "
        f"and get_bit(getvariable('{name}_{block}'), cast({bit} as integer)) = 1"
    )
