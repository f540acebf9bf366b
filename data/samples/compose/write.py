"""Writes landing files: JSON lines in zstd, CSV and Parquet, always the same bytes.

Add a container here. Keep out what the rows hold (`formats`) and which file they go to.
"""

import csv
import datetime as dt
import hashlib
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from formats import NATIVE_COLUMNS, Row, as_json, native, spend_log
from landing import LandingFile
from lines import Line
from usage import METERS

LEVEL = 12
COUNTS = (
    "status",
    "latency_ms",
    "input_tokens",
    "output_tokens",
    *METERS,
    "images",
    "web_searches",
)
INSTANTS = ("started_at", "completed_at")


def body_of(line: Line, *, is_litellm: bool) -> Row | str:
    """The row of a line, or its text where it is no row any more."""
    if line.body is not None:
        return line.body
    return spend_log(line.request) if is_litellm else native(line.request)


def json_lines(file: LandingFile) -> bytes:
    """The file as JSON lines."""
    bodies = (body_of(line, is_litellm=file.is_litellm) for line in file.lines)
    texts = (body if isinstance(body, str) else as_json(body) for body in bodies)
    return "".join(f"{text}\n" for text in texts).encode()


def csv_text(file: LandingFile) -> bytes:
    """The file as CSV: absent values are empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, NATIVE_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for line in file.lines:
        row = body_of(line, is_litellm=False)
        if isinstance(row, dict):
            writer.writerow(row | {"is_byok": str(row["is_byok"]).lower()})
    return text.getvalue().encode()


def column(name: str, rows: list[Row]) -> pa.Array:
    """One typed Parquet column of native rows."""
    values = [row.get(name) for row in rows]
    if name in INSTANTS:
        parsed = [dt.datetime.fromisoformat(str(value)) for value in values]
        return pa.array(parsed, pa.timestamp("ms", tz="UTC"))
    if name in COUNTS:
        return pa.array(values, pa.int64())
    return pa.array(values, pa.bool_() if name == "is_byok" else pa.string())


def parquet(file: LandingFile, path: Path) -> bytes:
    """Writes the Parquet file; returns its rows as JSON lines, which no writer version changes."""
    rows = [row for line in file.lines if isinstance(row := body_of(line, is_litellm=False), dict)]
    table = pa.table({name: column(name, rows) for name in NATIVE_COLUMNS})
    pq.write_table(table, path, compression="zstd", version="2.6")
    return json_lines(file)


def write(file: LandingFile, folder: Path) -> dict[str, str]:
    """Writes one landing file; returns the hashes of its bytes and of its plain content."""
    path = folder / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        content = parquet(file, path)
    elif path.suffix == ".csv":
        content = csv_text(file)
        path.write_bytes(content)
    else:
        content = json_lines(file)
        packer = zstandard.ZstdCompressor(level=LEVEL, threads=0, write_content_size=True)
        path.write_bytes(packer.compress(content))
    return {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "content_sha256": hashlib.sha256(content).hexdigest(),
    }
