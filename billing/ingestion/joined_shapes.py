r"""The texts that many requests share, as one text while their rows are staged.

Here: joining them and taking them apart again. A staged file has a handful of such texts beside
millions of ids and counts; writing, hashing and comparing one is much less work than a dozen.
Keep out: the shapes of accepted requests (`shared_facts.py`).

A mark stands between the texts, `eu<mark>default<mark>...`. Where a text holds the mark itself,
all are escaped and one more mark stands before them, by which both are told apart.
"""

from collections.abc import Mapping

import duckdb

from billing.first_row import first_row
from billing.ingestion.literals import MARK
from billing.ingestion.tables import SHAPE_TYPES

# The source is said of a whole file, and the kind is part of what identifies a row.
JOINED = tuple(name for name in SHAPE_TYPES if name not in ("source_id", "kind"))


def joined(expressions: Mapping[str, str], *, may_hold_the_mark: bool) -> str:
    """SQL: these expressions, by column of `JOINED`, as one text.

    Not to ask each row whether a text holds the mark saves a tenth of reading a log; whoever
    does not ask looks at the distinct shapes afterwards (`holds_the_mark`).
    """
    texts = [f"cast({expressions[name]} as varchar)" for name in JOINED]
    plain = f"concat({f', {MARK}, '.join(texts)})"
    if not may_hold_the_mark:
        return plain
    escaped = [rf"replace(replace({text}, '\', '\b'), {MARK}, '\m')" for text in texts]
    return (
        f"case when {_is_plain(plain)} then {plain} "
        f"else concat({MARK}, {f', {MARK}, '.join(escaped)}) end"
    )


def taken_apart() -> str:
    """SQL: the columns of `JOINED`, from a column `shape`."""
    return ", ".join(
        f"cast(case when {_is_plain('shape')} then {_part(n)} "
        rf"else replace(replace({_part(n + 1)}, '\m', {MARK}), '\b', '\') end "
        f"as {SHAPE_TYPES[name]}) as {name}"
        for n, name in enumerate(JOINED, 1)
    )


def holds_the_mark(connection: duckdb.DuckDBPyConnection, rows: str) -> bool:
    """Whether the mark stands in a text of the rows of a query, none of which was escaped."""
    torn = f"select 1 from (select distinct shape from ({rows})) where not {_is_plain('shape')}"
    return first_row(connection.execute(f"{torn} limit 1")) is not None


def _is_plain(shape: str) -> str:
    return f"strlen({shape}) - strlen(replace({shape}, {MARK}, '')) = {len(JOINED) - 1}"


def _part(number: int) -> str:
    return f"split_part(shape, {MARK}, {number})"
