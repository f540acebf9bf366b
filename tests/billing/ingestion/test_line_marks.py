"""Sets of lines, over as many blocks as their lines need."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.ingestion import line_marks
from billing.ingestion.line_marks import LINES_OF_A_BLOCK, is_marked, mark

LAST = 40


def _asked(connection: duckdb.DuckDBPyConnection, condition: str) -> set[int]:
    rows = connection.execute(
        f"select line_number from range({LAST}) as lines (line_number) where {condition}"
    ).fetchall()
    return {line for (line,) in rows}


def _query(lines: set[int]) -> str:
    return f"select unnest({sorted(lines)}::bigint[]) as line_number"


@settings(max_examples=60, deadline=None)
@given(lines=st.sets(st.integers(0, LAST - 1)), block=st.sampled_from([1, 2, 7, 16, 64]))
def test_a_line_is_marked_if_it_was_put_in(lines: set[int], block: int) -> None:
    with duckdb.connect() as connection, pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_marks, "LINES_OF_A_BLOCK", block)
        assert mark(connection, "told", _query(lines)) == bool(lines)
        assert _asked(connection, is_marked("told")) == lines
        assert _asked(connection, f"not {is_marked('told')}") == set(range(LAST)) - lines


def test_a_set_that_is_marked_again_forgets_what_was_in_it() -> None:
    with duckdb.connect() as connection:
        mark(connection, "told", _query({3, 5}))
        mark(connection, "told", _query({5, 30}))
        assert _asked(connection, is_marked("told")) == {5, 30}
        assert not mark(connection, "told", _query(set()))
        assert _asked(connection, is_marked("told")) == set()


def test_lines_on_both_sides_of_a_block_s_end_are_told_apart() -> None:
    last = LINES_OF_A_BLOCK
    with duckdb.connect() as connection:
        mark(connection, "told", _query({last - 1, last, 3 * last}))
        rows = connection.execute(
            f"select line from (select unnest([0, 1, {last - 2}, {last - 1}, {last}, {last + 1}, "
            f"{2 * last}, {3 * last - 1}, {3 * last}, {3 * last + 1}]) as line) "
            f"where {is_marked('told', 'line')}"
        ).fetchall()
        assert {line for (line,) in rows} == {last - 1, last, 3 * last}
