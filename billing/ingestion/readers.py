"""How each kind of container becomes text columns that DuckDB reads in parallel.

Here: one reader per kind; each gives the SQL query of its rows and can fetch the text of bad
ones. Add a container here. Keep out: values and faults (`staging.py`, `checks.py`).
"""

import csv
import io
from pathlib import Path

import duckdb

from billing.errors import IngestError
from billing.ingestion.container import UTF8_MARK, head_of
from billing.ingestion.formats import SourceFormat
from billing.ingestion.literals import text_literal

LONGEST_RECORD = 16 << 20


def json_lines(path: Path, source: SourceFormat) -> str:
    """Rows of JSON lines; a line that is no JSON object raises when the query runs."""
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in source.columns)
    return (
        f"select * from read_json({text_literal(str(path))}, format = 'newline_delimited', "
        f"columns = {{{columns}}})"
    )


def csv_header(name: str, path: Path) -> list[str]:
    """The column names of a CSV file. Raises IngestError when they are empty or repeated."""
    head = head_of(path).removeprefix(UTF8_MARK).decode("utf-8", "replace")
    header = next(csv.reader(io.StringIO(head)), [])
    if len(set(header)) != len(header):
        raise IngestError(f"{name} has a column twice in its header. Name every column once.")
    return header


def csv_rows(path: Path, source: SourceFormat, header: list[str]) -> str:
    """Rows of a CSV; a record with too many or too few values raises when the query runs."""
    columns = ", ".join(f"{text_literal(column)}: 'VARCHAR'" for column in header)
    chosen = ", ".join(
        f'"{name}"' if name in header else f'cast(null as varchar) as "{name}"'
        for name in source.columns
    )
    return (
        f"select {chosen} from read_csv({text_literal(str(path))}, auto_detect = false, "
        f"header = true, delim = ',', quote = '\"', escape = '\"', "
        f"max_line_size = {LONGEST_RECORD}, columns = {{{columns}}})"
    )


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


def parquet_rows(path: Path, source: SourceFormat, columns: dict[str, str]) -> str:
    """Rows of a Parquet file as text; nested values as JSON."""
    chosen = ", ".join(_as_text(name, columns.get(name)) for name in source.columns)
    return f"select {chosen} from read_parquet({text_literal(str(path))})"


def _as_text(name: str, kind: str | None) -> str:
    if kind is None:
        return f'cast(null as varchar) as "{name}"'
    if kind.startswith(("STRUCT", "MAP")) or kind.endswith("]"):
        return f'cast(to_json("{name}") as varchar) as "{name}"'
    return f'cast("{name}" as varchar) as "{name}"'
