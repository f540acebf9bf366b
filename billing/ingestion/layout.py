"""From whatever layout a JSON file has to one request per line.

Here: arrays, objects over several lines, and rows that hold several requests. The new lines are
what the file's line numbers count. Keep out: what the fields of a request mean.
"""

import re
from pathlib import Path

import duckdb

from billing.errors import IngestError
from billing.first_row import first_row
from billing.ingestion.canonical import RowPlan
from billing.ingestion.container import UTF8_MARK, head_of
from billing.ingestion.lines import Judge, keep_bad_lines
from billing.ingestion.literals import text_literal
from billing.ingestion.mapping.paths import parse_path

LARGEST_OBJECT = 64 << 20
_AS_LINES = "(format csv, header false, quote '', escape '', delimiter e'\\x01')"


def document_to_lines(
    connection: duckdb.DuckDBPyConnection, name: str, path: Path, folder: Path
) -> Path:
    """Write each object of a JSON array, or of objects laid out over lines, on its own line.

    Raises IngestError when the file is no whole JSON.
    """
    lines = folder / "document_lines"
    # Behind a byte order mark DuckDB does not tell an array by itself.
    is_array = re.match(rb"\s*\[", head_of(path).removeprefix(UTF8_MARK)) is not None
    layout = "array" if is_array and head_of(path).startswith(UTF8_MARK) else "auto"
    try:
        _write(connection, f"select json from ({_objects(path, layout)})", lines)
    except duckdb.Error as error:
        raise IngestError(
            f"{name} is no whole JSON document: {_first_line(error)} Nothing of it was taken. "
            "Deliver it again, whole, or as one JSON object per line."
        ) from error
    return lines


def expand_rows(
    connection: duckdb.DuckDBPyConnection, path: Path, plan: RowPlan, folder: Path
) -> Path:
    """Write the rows that a format's `rows` make of each line; a bad line stays one bad row."""
    lines = folder / "expanded_lines"
    select = _expansion(plan)
    try:
        _write(connection, select.format(_objects(path, "newline_delimited")), lines)
    except duckdb.Error:
        kept = keep_bad_lines(path, folder / "kept_lines", _is_json(connection))
        _write(connection, select.format(_objects(kept, "newline_delimited")), lines)
    return lines


def _is_json(connection: duckdb.DuckDBPyConnection) -> Judge:
    def judge(line: bytes) -> bool:
        try:
            found = first_row(connection.execute("select json_valid(?)", [line.decode()]))
        except (duckdb.Error, UnicodeDecodeError):
            return False
        return bool(found and found[0])

    return judge


def _objects(path: Path, layout: str) -> str:
    return (
        f"select json from read_json_objects({text_literal(str(path))}, format = '{layout}', "
        f"maximum_object_size = {LARGEST_OBJECT})"
    )


def _write(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> None:
    """Control characters are escaped in JSON, so neither line ends nor delimiters can occur."""
    # Over several lines an object keeps its line ends; parsing it once takes them out.
    connection.execute(
        f"copy (select cast(json_extract(json, '$') as varchar) from ({query})) "
        f"to {text_literal(str(target))} {_AS_LINES}"
    )


def _expansion(plan: RowPlan) -> str:
    query = "select json from ({})"
    if plan.each:
        found = f"json_extract(json, {text_literal(_json_path(plan.each))})"
        query = (
            f"select unnest(case when len({found}) > 0 then {found} else [json] end) as json "
            f"from ({query})"
        )
    for path in plan.pairs:
        query = f"select {_with_pairs(_json_path(path))} as json from ({query})"
    if plan.also:
        found = f"json_extract(json, {text_literal(_json_path(plan.also))})"
        part = "json_object('part', element, 'part_number', number)"
        more = f"list_transform({found}, lambda element, number: json_merge_patch(json, {part}))"
        query = f"select unnest(list_prepend(json, coalesce({more}, []))) as json from ({query})"
    return query


def _with_pairs(path: str) -> str:
    """A list of keys and typed values becomes an object of texts."""
    kinds = ("stringValue", "intValue", "doubleValue", "boolValue")
    value = ", ".join(f"pair ->> '$.value.{kind}'" for kind in kinds)
    place = text_literal(path)
    pairs = (
        f"list_transform(cast(json_extract(json, {place}) as json[]), "
        f"lambda pair: struct_pack(k := pair ->> '$.key', v := coalesce({value}, pair ->> '$.value')))"
    )
    name = text_literal(path.removeprefix('$."').removesuffix('"'))
    return (
        f"case when json_type(json, {place}) = 'ARRAY' then json_merge_patch(json, "
        f"json_object({name}, to_json(map_from_entries({pairs})))) else json end"
    )


def _json_path(path: str) -> str:
    found = parse_path(path)
    return f'$."{found.column}"' + found.json_path.removeprefix("$")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
