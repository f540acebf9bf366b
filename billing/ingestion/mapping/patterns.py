"""Regular expressions of mapping files.

Here: whether the engine that runs them takes one. Keep out: what they are matched with.
"""

import re
from functools import cache

import duckdb


def groups_of(pattern: object) -> int:
    """How many groups a pattern has. Raises ValueError, which says why, when it is none."""
    if not isinstance(pattern, str):
        raise ValueError(f"{pattern!r} is no regular expression")  # noqa: TRY004  # one type for all mistakes
    fault = _fault(pattern)
    if fault:
        raise ValueError(f"{pattern!r} is no regular expression: {fault}")
    return re.compile(pattern).groups


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One for all patterns: to start an engine takes longer than to ask it."""
    return duckdb.connect(config={"threads": 1})


@cache
def _fault(pattern: str) -> str:
    """What is wrong with it; DuckDB knows no look-around and no references to groups."""
    try:
        re.compile(pattern)
        _engine().cursor().execute("select regexp_full_match('', ?)", [pattern])
    except (re.error, OverflowError, RecursionError, duckdb.Error) as error:
        return str(error).partition("\n")[0]
    return ""
