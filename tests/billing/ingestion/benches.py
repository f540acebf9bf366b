"""A home whose warehouse is in memory, for tests that ingest many small files.

Here: `Bench`, emptied between two trials, and what every trial must leave. Keep out: rows
(`logs.py`) and what a single test is about.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import duckdb
import yaml

from billing.ingestion import find_duplicates
from billing.ingestion.tables import MAIN_METERS, create_raw_tables
from tests.billing.ingestion.logs import write_bytes
from tests.billing.ingestion.sites import Site, write_catalog

_SIGN = "case when kind = 'reversal' then -1 else 1 end"
_ROWS = (("usage_event", _SIGN), ("duplicate_event", "1"), ("quarantined_event", "1"))


@dataclass
class Bench(Site):
    """A site that keeps its tables only until it is wiped."""

    connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.connection.execute("set TimeZone = 'UTC'")
        self.wipe()

    def open(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return self._kept_open()

    @contextmanager
    def _kept_open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        yield self.connection

    def wipe(self) -> None:
        """Forget everything that was ingested, and what was done to the catalog."""
        write_catalog(self.catalog)
        self.connection.execute("drop schema if exists raw cascade")
        create_raw_tables(self.connection)
        for path in (self.catalog / "formats").glob("*"):
            path.unlink()

    def file(self, content: bytes, name: str = "log.jsonl") -> Path:
        """A new file in a folder of its own, compressed as its name says."""
        return write_bytes(self.root / "files" / str(next(self.numbers)) / name, content)

    def describe(self, mapping: object) -> Path:
        """Put a mapping file into the catalog; a text stands for itself."""
        folder = self.catalog / "formats"
        folder.mkdir(exist_ok=True)
        path = folder / "own.yaml"
        path.write_text(mapping if isinstance(mapping, str) else yaml.safe_dump(mapping))
        return path

    def meters(self) -> Counter[tuple[str, str]]:
        """What stands in `raw.usage_event`, as (native id, meter) to quantity."""
        found: Counter[tuple[str, str]] = Counter()
        for meter in MAIN_METERS:
            query = (
                f"select native_id, sum({_SIGN} * {meter}_tokens) from raw.usage_event group by 1"
            )
            found.update({(str(row), meter): int(n) for row, n in self.rows(query)})
        others = (
            f"select native_id, meter, sum({_SIGN} * quantity) from raw.usage_event "
            "join raw.usage_event_meter using (ingest_sequence, line_number) "
            "where fate = 'accepted' group by all"
        )
        found.update({(str(row), str(meter)): int(n) for row, meter, n in self.rows(others)})
        return +found

    def require_sums(self) -> None:
        """Every row of every file met one fate, meters too, and no identity stands twice."""
        assert find_duplicates(self.connection) == []
        for sequence, *counts in self.rows(
            "select ingest_sequence, received, accepted, duplicates, quarantined from raw.ingest_file"
        ):
            assert counts[0] == sum(counts[1:])
            told = dict(
                self.rows(
                    "select meter, quantity from raw.ingest_file_meter "
                    f"where ingest_sequence = {sequence}"
                )
            )
            assert told.pop("requests") == counts[0]
            assert told == self._of_fates(int(str(sequence)))

    def _of_fates(self, sequence: int) -> dict[str, int]:
        found: Counter[str] = Counter()
        for table, sign in _ROWS:
            sums = ", ".join(f"coalesce(sum({sign} * {m}_tokens), 0)" for m in MAIN_METERS)
            where = f"from raw.{table} where ingest_sequence = {sequence}"
            ((*quantities,),) = self.rows(f"select {sums} {where}")
            found.update(dict(zip(MAIN_METERS, map(int, quantities), strict=True)))
            fate = {"usage_event": "accepted", "duplicate_event": "duplicate"}.get(
                table, "quarantined"
            )
            sides = (
                f"select side.meter, {sign} * side.quantity from raw.{table} "
                "join raw.usage_event_meter as side using (ingest_sequence, line_number) "
                f"where ingest_sequence = {sequence} and side.fate = '{fate}'"
            )
            for meter, quantity in self.rows(sides):
                found[str(meter)] += int(quantity)
        return dict(+found)
