"""Requests that were delivered before, by identity: source, native id and kind, never time.

Here: the search for copies of files, 35 days back, or all the way for rows that have versions.
Keep out: faults a row has on its own (`checks.py`), and the search over all there is before a
close, which is `billing.audit`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from billing.first_row import first_row
from billing.ingestion import duplicate_search as search
from billing.ingestion.canonical import Repeats
from billing.ingestion.line_marks import is_marked, mark
from billing.ingestion.literals import text_literal
from billing.ingestion.staged import Staged, lines_of
from billing.ingestion.staging import content_hash

SEARCHED_DAYS = 35
# A version may come at any time, and only ingestion can put it in the place of the one before.
ALL_DAYS = 36_500
_AGAIN = "ingest_again"
_LEFT_OUT = "ingest_left_out"
IS_REPEATED = is_marked(_LEFT_OUT)
"""SQL: whether a line is in `ingest_repeated`."""


@dataclass(frozen=True)
class Sought:
    """The rows of a file that was read, and what tells their copies."""

    staged: Staged
    source_id: str
    repeats: Repeats

    @property
    def days(self) -> int:
        """How far back its rows can have copies."""
        return SEARCHED_DAYS if self.repeats == "conflict" else ALL_DAYS

    def identities(self) -> str:
        """SQL of each identity's hash and time, of faulty rows too."""
        return (
            f"select hash({text_literal(self.source_id)}, native_id, kind) as identity_hash, "
            f"completed_at from ({lines_of(self.staged.once)})"
        )


def search_history(connection: duckdb.DuckDBPyConnection, files: Sequence[Sought]) -> None:
    """Search accepted events once for all of these files, before any of them is written.

    Fills the temporary table `ingest_met` with every event that may be met again in one of them.
    """
    sought = " union all ".join(file.identities() for file in files)
    days = max(file.days for file in files)
    among = search.WITHIN_DAYS.format(days=days, sought=sought)
    connection.execute(search.SUSPECT.format(among=among, sought=sought))
    connection.execute(search.MET.format(target="ingest_met"))


def find_repeats(
    connection: duckdb.DuckDBPyConnection, file: Sought, written: Sequence[int] = ()
) -> None:
    """Compare the rows of `sound_row` with each other and with accepted events.

    These are the ones in `ingest_met` and those of the files numbered `written`, which were
    accepted since the history was searched.

    Fills the temporary table `ingest_repeated`: line_number, the place of the event that stands
    (`first_ingest_sequence` is null for one of this file) and `is_same_content`. Where repeats
    are conflicts the event accepted earlier stands, else the first line of the file. Where they
    are newer versions the newest stands; `ingest_replaced` then says which accepted event it
    replaces: line_number, ingest_sequence and event_line_number.
    """
    has_versions = file.repeats != "conflict"
    met = ["ingest_met"]
    if written:
        among = f"identity.ingest_sequence in ({', '.join(map(str, written))})"
        connection.execute(search.SUSPECT.format(among=among, sought=file.identities()))
        if _has_rows(connection, "ingest_suspect"):
            connection.execute(search.MET.format(target="ingest_met_since"))
            met.append("ingest_met_since")
    found = " union all ".join(f"select * from {table}" for table in met)
    mark(connection, _AGAIN, search.AGAIN.format(met=found))
    earlier = search.EARLIER.format(met=found, days=file.days, again=is_marked(_AGAIN))
    connection.execute(earlier, {"source": file.source_id})
    if file.repeats == "cumulative":
        connection.execute(search.GROWN)
    connection.execute(search.CANDIDATES.format(hash=content_hash(), again=is_marked(_AGAIN)))
    connection.execute(
        search.REPEATED.format(
            order=search.NEWEST if has_versions else search.OLDEST,
            same="true" if has_versions else search.SAME,
        )
    )
    connection.execute(search.REPLACED if has_versions else search.NOTHING_REPLACED)
    # Joins would slow the load by half.
    mark(connection, _LEFT_OUT, "select line_number from ingest_repeated")


def _has_rows(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return first_row(connection.execute(f"select 1 from {table} limit 1")) is not None


def refresh_identities(connection: duckdb.DuckDBPyConnection) -> None:
    """Hash every identity anew when another engine, whose hashes differ, wrote the last ones."""
    connection.execute("create table if not exists raw.identity_engine (version varchar)")
    written = first_row(connection.execute("select version from raw.identity_engine"))
    if written == (duckdb.__version__,):
        return
    connection.execute("begin transaction")
    connection.execute("delete from raw.event_identity")
    connection.execute(
        "insert into raw.event_identity "
        "select hash(source_id, native_id, kind), ingest_sequence, line_number "
        "from raw.usage_event where kind <> 'reversal'"
    )
    connection.execute("delete from raw.identity_engine")
    connection.execute("insert into raw.identity_engine values (?)", [duckdb.__version__])
    connection.execute("commit")
