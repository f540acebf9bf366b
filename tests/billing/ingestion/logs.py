"""Small logs and a small catalog for the tests of ingestion.

Here: one good row per format, ways to write files, and one `Site` that holds a warehouse.
Keep out: what a single test is about.
"""

import csv
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import zstandard

from billing.clock import Clock
from billing.ingestion import IngestReport, ingest
from billing.periods import BillingMonth
from billing.warehouse import open_warehouse

Row = dict[str, object]

KEY_HASH = "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b"
KEYS = (
    ("key_a", "org_a", "proj_a", KEY_HASH),
    ("key_b", "org_b", "proj_b", ""),
    ("key_c", "org_c", "proj_c", ""),
)
ZONES = {"org_a": "Asia/Kolkata", "org_b": "America/New_York", "org_c": "UTC"}
OUTCOMES = ("success", "client_aborted", "upstream_error", "client_error", "rate_limited")
NOW = datetime(2026, 11, 5, 6, tzinfo=UTC)


def write_catalog(folder: Path) -> Path:
    """The catalog files that ingestion reads, with columns it does not need."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = [dict(zip(_KEY_COLUMNS, (*key, "balance"), strict=True)) for key in KEYS]
    _write_csv(folder / "api_keys.csv", keys)
    rules = [{"outcome": name, "is_billed": "true"} for name in (*OUTCOMES, "gateway_cache_hit")]
    _write_csv(folder / "outcome_rules.csv", rules)
    zones = [{"organization_id": name, "zone": zone} for name, zone in ZONES.items()]
    _write_csv(folder / "billing_profiles.csv", zones)
    return folder


_KEY_COLUMNS = ("api_key_id", "organization_id", "project_id", "key_sha256", "payer")


def native(request_id: str = "req_1", **changes: object) -> Row:
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


def spend_log(request_id: str = "chat_1", **changes: object) -> Row:
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
        content = gzip.compress(content)
    if path.suffix == ".zst":
        content = zstandard.ZstdCompressor().compress(content)
    path.write_bytes(content)
    return path


def write_csv(path: Path, rows: Sequence[Row]) -> Path:
    """Write CSV with the columns of all rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_csv(path, rows)
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


def _write_csv(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@dataclass
class Site:
    """One home with catalog and warehouse, and what its books would say."""

    root: Path
    manifest: dict[str, int] = field(default_factory=dict)
    decisions: dict[tuple[str, int], str] = field(default_factory=dict)
    finalized: dict[tuple[str, BillingMonth], int] = field(default_factory=dict)
    now: datetime = NOW

    @property
    def catalog(self) -> Path:
        return self.root / "catalog"

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse" / "meterbook.duckdb"

    def open(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return open_warehouse(self.warehouse)

    def ingest(
        self, *paths: Path, format_name: str | None = None, source_id: str | None = None
    ) -> IngestReport:
        """Ingest paths, by default the landing folder."""
        with self.open() as connection:
            return ingest(
                connection,
                paths or (self.landing,),
                catalog_folder=self.catalog,
                clock=Clock(self.now),
                manifest=self.manifest,
                decisions=self.decisions,
                finalized=self.finalized,
                format_name=format_name,
                source_id=source_id,
            )

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What a query over the warehouse finds."""
        with self.open() as connection:
            return connection.execute(query).fetchall()

    def tables(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything in schema raw, in a fixed order."""
        names = (
            "ingest_file ingest_file_meter usage_event usage_event_meter duplicate_event "
            "quarantined_event"
        ).split()
        return {name: self.rows(f"select * from raw.{name} order by all") for name in names}
