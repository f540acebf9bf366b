"""Small logs for the tests of ingestion.

Here: one good row per format and the ways to write files. Keep out: the home they are
delivered to (`sites.py`) and what a single test is about.
"""

import csv
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import duckdb
import zstandard

Row = dict[str, object]

KEY_HASH = "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b"


def native(request_id: object = "req_1", **changes: object) -> Row:
    """A good native row; a change to None drops the field."""
    row: Row = {
        "request_id": request_id,
        "started_at": "2026-10-10T12:00:00.000Z",
        "completed_at": "2026-10-10T12:00:02.500Z",
        "organization_id": "org_a",
        "project_id": "proj_a",
        "api_key_id": "key_a",
        "requested_model": "gpt-5",
        "model": "gpt-5-2025-08-07",
        "provider": "openai",
        "status": 200,
        "outcome": "success",
        "input_uncached": 100,
        "cache_read": 40,
        "output_visible": 20,
        "output_reasoning": 5,
    }
    return {name: value for name, value in (row | changes).items() if value is not None}


def spend_log(request_id: object = "chat_1", **changes: object) -> Row:
    """A good SpendLogs row."""
    row: Row = {
        "request_id": request_id,
        "api_key": KEY_HASH,
        "spend": 0.0125,
        "prompt_tokens": 140,
        "completion_tokens": 25,
        "startTime": "2026-10-10T12:00:00.000Z",
        "endTime": "2026-10-10T12:00:02.500Z",
        "model": "gpt-5-2025-08-07",
        "model_group": "gpt-5",
        "custom_llm_provider": "openai",
        "cache_hit": "False",
        "status": "success",
        "metadata": {
            "usage_object": {
                "prompt_tokens_details": {"cached_tokens": 40},
                "completion_tokens_details": {"reasoning_tokens": 5},
            }
        },
    }
    return {name: value for name, value in (row | changes).items() if value is not None}


def json_lines(rows: Iterable[Row | str]) -> bytes:
    """Rows as JSON lines; a text stands for itself."""
    texts = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    return "".join(f"{text}\n" for text in texts).encode()


def write_json(path: Path, rows: Iterable[Row | str]) -> Path:
    """Write JSON lines, compressed as the name says."""
    return write_bytes(path, json_lines(rows))


def write_bytes(path: Path, content: bytes) -> Path:
    """Write content, compressed as the name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        content = gzip.compress(content, mtime=0)
    if path.suffix == ".zst":
        content = zstandard.ZstdCompressor().compress(content)
    path.write_bytes(content)
    return path


def write_csv(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write CSV with the columns of all rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(path: Path, rows: Sequence[Row], types: Mapping[str, str]) -> Path:
    """Write Parquet with columns of the given DuckDB types, the others text."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        declared = ", ".join(f'"{name}" {types.get(name, "varchar")}' for name in columns)
        connection.execute(f"create table log ({declared})")
        marks = ", ".join("?" * len(columns))
        for row in rows:
            values = [row.get(name) for name in columns]
            connection.execute(f"insert into log values ({marks})", values)
        connection.execute(f"copy log to '{path}' (format parquet)")
    return path
