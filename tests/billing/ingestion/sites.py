"""One home with the small catalog and a warehouse, for the tests of ingestion.

Here: the catalog files ingestion reads and `Site`, which ingests and looks. Keep out: rows
(`logs.py`) and what a single test is about.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from billing.clock import Clock
from billing.ingestion import IngestReport, ingest
from billing.ingestion.quarantine import (
    Chosen,
    Retries,
    load_kept_rows,
    rows_of,
    write_retries,
)
from billing.periods import BillingMonth
from billing.warehouse import open_warehouse
from tests.billing.ingestion.logs import KEY_HASH, write_csv

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
    write_csv(folder / "api_keys.csv", keys)
    rules = [
        {"outcome": name, "is_billed": "true"}
        for name in (*OUTCOMES, "gateway_cache_hit", "refund")
    ]
    write_csv(folder / "outcome_rules.csv", rules)
    zones = [{"organization_id": name, "zone": zone} for name, zone in ZONES.items()]
    write_csv(folder / "billing_profiles.csv", zones)
    return folder


_KEY_COLUMNS = ("api_key_id", "organization_id", "project_id", "key_sha256", "payer")


@dataclass
class Site:
    """One home with catalog and warehouse, and what its books would say."""

    root: Path
    manifest: dict[str, int] = field(default_factory=dict)
    decisions: dict[tuple[str, int], str] = field(default_factory=dict)
    how_read: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    finalized: dict[tuple[str, BillingMonth], int] = field(default_factory=dict)
    discarded: dict[tuple[str, int], str] = field(default_factory=dict)
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
        self,
        *paths: Path,
        format_name: str | None = None,
        source_id: str | None = None,
        supplied: dict[str, str] | None = None,
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
                how_read=self.how_read,
                format_name=format_name,
                source_id=source_id,
                supplied=supplied,
                discarded=self.discarded,
            )

    def write_retries(self, chosen: Chosen | None = None) -> Retries:
        """Point to waiting rows in the landing folder, without ingesting."""
        with self.open() as connection:
            load_kept_rows(connection, self.discarded)
            return write_retries(
                connection, self.landing, self.catalog, chosen or Chosen(), retried_after=10**6
            )

    def retry(self, chosen: Chosen | None = None) -> IngestReport:
        """Point to waiting rows and ingest what that wrote."""
        files = self.write_retries(chosen).files
        return self.ingest(*files) if files else IngestReport((), 0, ())

    def waiting(self) -> list[tuple[int, int, str]]:
        """File number, line and reason of every waiting row."""
        with self.open() as connection:
            load_kept_rows(connection, self.discarded)
            rows = rows_of(connection, Chosen())
            return [(row.file_number, row.line_number, row.reason) for row in rows]

    def add_key(self, *key: str) -> None:
        """Add a key to the catalog: id, organization, project."""
        path = self.catalog / "api_keys.csv"
        path.write_text(path.read_text() + ",".join((*key, "", "balance")) + "\n")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query over the warehouse finds."""
        with self.open() as connection:
            return connection.execute(query).fetchall()

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything in schema raw, in a fixed order."""
        names = [
            "ingest_file",
            "ingest_file_meter",
            "usage_event",
            "usage_event_meter",
            "duplicate_event",
            "quarantined_event",
            "quarantine_release",
            "retried_row",
            "ignored_row",
        ]
        return {name: self.rows(f"select * from raw.{name} order by all") for name in names}
