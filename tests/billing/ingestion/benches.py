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

from billing.ingestion.tables import MAIN_METERS, create_raw_tables
from tests.billing.ingestion.full_search import find_duplicates
from tests.billing.ingestion.logs import write_bytes
from tests.billing.ingestion.sites import Site, write_catalog

_SIGN = "case when kind = 'reversal' then -1 else 1 end"
_FATES = (
    ("usage_event", _SIGN, "accepted"),
    ("duplicate_event", "1", "duplicate"),
    ("quarantined_event", "1", "quarantined"),
)
_STANDING = " union all ".join(
    f"select native_id, '{meter}' as meter, {_SIGN} * {meter}_tokens as quantity "
    "from raw.usage_event"
    for meter in MAIN_METERS
)
_STANDING_OTHERS = (
    f"select native_id, meter, {_SIGN} * quantity from raw.usage_event "
    "join raw.usage_event_meter using (ingest_sequence, line_number) where fate = 'accepted'"
)
_BY_FILE = " union all ".join(
    [
        f"select ingest_sequence, '{meter}' as meter, {sign} * {meter}_tokens as quantity "
        f"from raw.{table}"
        for table, sign, _ in _FATES
        for meter in MAIN_METERS
    ]
    + [
        f"select ingest_sequence, meter, {sign} * quantity from raw.{table} "
        f"join raw.usage_event_meter using (ingest_sequence, line_number) where fate = '{fate}'"
        for table, sign, fate in _FATES
    ]
)


@dataclass
class Bench(Site):
    """A site that keeps its tables only until it is wiped."""

    connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.connection.execute("set TimeZone = 'UTC'")
        self.connection.execute("set threads = 1")  # files of a few rows gain nothing from more
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
        query = f"select native_id, meter, sum(quantity) from ({_STANDING} union all {_STANDING_OTHERS}) group by all"
        return +Counter({(str(row), str(meter)): int(n) for row, meter, n in self.rows(query)})

    def require_sums(self) -> None:
        """Every row of every file met one fate, meters too, and no identity stands twice."""
        assert find_duplicates(self.connection) == []
        received = self.rows("select ingest_sequence, received from raw.ingest_file order by all")
        assert received == self.rows(
            "select ingest_sequence, accepted + duplicates + quarantined from raw.ingest_file "
            "order by all"
        )
        told = "select ingest_sequence, meter, quantity from raw.ingest_file_meter"
        assert received == self.rows(
            f"select ingest_sequence, quantity from ({told}) where meter = 'requests' order by all"
        )
        assert self.rows(f"{told} where meter <> 'requests' order by all") == self.rows(
            f"select ingest_sequence, meter, sum(quantity)::bigint as quantity from ({_BY_FILE}) "
            "group by all having sum(quantity) <> 0 order by all"
        )
