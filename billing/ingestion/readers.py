"""How each kind of container becomes text columns that DuckDB reads in parallel.

Here: one reader per kind; each gives the SQL query of its rows and can fetch the text of bad
ones. Add a container here. Keep out: values and faults (`staging.py`, `checks.py`).
"""

import csv
import io
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from billing.errors import IngestError
from billing.ingestion.canonical import SourceFormat
from billing.ingestion.container import UTF8_MARK, head_of
from billing.ingestion.detect import LOOKED_AT_ROWS
from billing.ingestion.literals import text_literal

LONGEST_RECORD = 16 << 20


def json_lines(path: Path, source: SourceFormat) -> str:
    """Rows of JSON lines; a line that is no JSON object raises when the query runs."""
    columns = ", ".join(f"{text_literal(name)}: 'VARCHAR'" for name in source.columns)
    return (
        f"select * from read_json({text_literal(str(path))}, format = 'newline_delimited', "
        f"columns = {{{columns}}})"
    )


@dataclass(frozen=True)
class Header:
    """The columns of a text table and what stands between their values."""

    columns: list[str]
    delimiter: str
    is_first_line: bool


def csv_header(name: str, path: Path) -> Header:
    """The first record of a CSV or TSV file. Raises IngestError when a column repeats."""
    head = head_of(path).removeprefix(UTF8_MARK).decode("utf-8", "replace")
    text = re.sub(r"\A\s*\n", "", head)
    first = text.partition("\n")[0]
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    try:
        given = next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    except csv.Error as error:
        raise IngestError(
            f"{name} has no header that can be read ({error}). Begin it with one line of column "
            "names, and end every line with a line feed."
        ) from error
    columns = [name or f"unnamed {place}" for place, name in enumerate(given, 1)]
    if len({column.lower() for column in columns}) != len(columns):
        raise IngestError(
            f"{name} has a column twice in its header. Name every column once; "
            "capital letters do not make another name."
        )
    return Header(columns, delimiter, head.startswith(text))


def csv_rows(path: Path, header: Header) -> str:
    """Every column of a CSV; a record with too many or too few values raises when it is run."""
    columns = ", ".join(f"{text_literal(column)}: 'VARCHAR'" for column in header.columns)
    return (
        f"select * from read_csv({text_literal(str(path))}, auto_detect = false, "
        f"header = true, delim = '{header.delimiter}', quote = '\"', escape = '\"', "
        f"max_line_size = {LONGEST_RECORD}, columns = {{{columns}}})"
    )


def chosen(relation: str, source: SourceFormat, columns: Collection[str]) -> str:
    """The columns a format reads, of a relation that has only some of them."""
    known = {column.lower() for column in columns}
    named = ", ".join(
        f'"{name}"' if name.lower() in known else f'cast(null as varchar) as "{name}"'
        for name in source.columns
    )
    return f"select {named} from ({relation})"


def parquet_columns(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> dict[str, str]:
    """Column names and types. Raises IngestError when the file is not whole Parquet."""
    try:
        found = connection.execute(
            f"describe select * from read_parquet({text_literal(str(path))})"
        ).fetchall()
    except duckdb.Error as error:
        raise IngestError(
            f"{name} begins like Parquet but cannot be read: {error}. Deliver it again, whole."
        ) from error
    return {column: kind for column, kind, *_ in found}


def parquet_rows(path: Path, columns: Mapping[str, str]) -> str:
    """Every column of a Parquet file as text; nested values as JSON."""
    texts = ", ".join(_as_text(name, kind) for name, kind in columns.items())
    return f"select {texts} from read_parquet({text_literal(str(path))})"


def _as_text(name: str, kind: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    if kind in ("DOUBLE", "FLOAT"):
        # A column of whole numbers with gaps is often written as floating point: 7, not 7.0.
        whole = f"try_cast(case when {column} = trunc({column}) then {column} end as bigint)"
        return f"cast(coalesce(cast({whole} as varchar), cast({column} as varchar)) as varchar) as {column}"
    if kind.startswith(("STRUCT", "MAP")) or kind.endswith("]"):
        return f"cast(to_json({column}) as varchar) as {column}"
    return f"cast({column} as varchar) as {column}"


def first_rows(connection: duckdb.DuckDBPyConnection, relation: str) -> list[dict[str, object]]:
    """The first rows of a relation. Raises duckdb.Error when they cannot be read."""
    found = connection.sql(f"select * from ({relation}) limit {LOOKED_AT_ROWS}")
    names = found.columns
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
