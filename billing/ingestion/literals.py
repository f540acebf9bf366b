"""Texts in SQL: as literals, for statements that take no parameters, and as decimals.

Here: quoting and reading one text. Keep out: building statements.
"""

MARK = "chr(31)"
"""SQL: what stands between texts that are joined to one; hardly any text holds it."""


def text_literal(text: str) -> str:
    """A string as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def decimal_of(text: str, digits: int, decimals: int) -> str:
    """SQL of a text as a decimal, null when it is none.

    Up to 18 digits, which nearly all numbers have, DuckDB reads a hundred times faster.
    """
    short, long = (f"try_cast({text} as decimal({n}, {decimals}))" for n in (18, digits))
    return f"coalesce(cast({short} as decimal({digits}, {decimals})), {long})"
