"""The judged rows of one file, on disk until they are written down.

Here: the views through which the rows of one staged file are seen. Keep out: making them
(`staging.py`) and what becomes of them (`fates.py`).
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from billing.ingestion.canonical import KeyColumn
from billing.ingestion.checks import UNREADABLE_ROW, number_of
from billing.ingestion.growing import IS_TOLD_AGAIN, TOLD_AGAIN
from billing.ingestion.joined_shapes import taken_apart
from billing.ingestion.keys import choose_keys
from billing.ingestion.line_marks import mark
from billing.ingestion.literals import text_literal


@dataclass(frozen=True)
class Staged:
    """Parquet files of one file's rows; the n-th of `once` has line number n.

    `key_column` is the column of the catalog's keys that their keys were looked up in.
    `again` has the rows told again, added up, in whose place they stand in `once` as they were
    read. `aside` has the lines in whose place an empty object was read: those without text were
    blank and are no rows, the others are unreadable rows, which no rule of a format ignores.
    """

    rows: int
    once: Path
    key_column: KeyColumn
    again: Path | None = None
    aside: Path | None = None

    def show(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the view `staged_file` of all lines and `staged_row` of the requests; choose keys."""
        choose_keys(connection, self.key_column)
        query = lines_of(self.once)
        if self.again:
            added = f"read_parquet({text_literal(str(self.again))})"
            mark(connection, TOLD_AGAIN, f"select line_number from {added}")
            query = f"select * from ({query}) where not {IS_TOLD_AGAIN} union all by name select * from {added}"
        if self.aside:
            query = _CORRECTED.format(
                staged=query, aside=f"read_parquet({text_literal(str(self.aside))})"
            )
        connection.execute(
            f"create or replace temp view staged_file as select *, {taken_apart()} from ({query})"
        )
        connection.execute(
            "create or replace temp view staged_row as "
            "select * from staged_file where ignored_rule is null"
        )

    def rows_as_written(self) -> str:
        """SQL: what was written of each row, one told again both as it was read and added up."""
        written = [str(path) for path in (self.once, self.again) if path]
        return " union all by name ".join(
            f"select * from read_parquet({text_literal(path)})" for path in written
        )


def lines_of(staged: Path) -> str:
    """SQL: the rows of a Parquet file, each with its place as `line_number`."""
    return (
        "select file_row_number + 1 as line_number, * exclude (file_row_number) "
        f"from read_parquet({text_literal(str(staged))}, file_row_number = true)"
    )


_CORRECTED = f"""
select staged.* replace (
    case when aside.line_number is null then staged.ignored_rule end as ignored_rule,
    case when aside.line_number is null then staged.problem
        else {number_of(UNREADABLE_ROW)} end as problem,
    case when aside.line_number is null then staged.detail else '' end as detail
)
from ({{staged}}) as staged
left join {{aside}} as aside on staged.line_number = aside.line_number
where aside.line_number is null or aside.raw_line is not null"""
