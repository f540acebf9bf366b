"""Requests that were delivered before, by identity: source, native id and kind, never time.

Here: the search beside a batch (35 days back, or all the way for rows that have versions) and
the full search over the warehouse. Keep out: faults a row has on its own (`checks.py`).
"""

from dataclasses import dataclass

import duckdb

from billing.ingestion import duplicate_search as search
from billing.ingestion.canonical import Repeats
from billing.ingestion.line_marks import is_marked, mark
from billing.ingestion.staging import content_hash

SEARCHED_DAYS = 35
# A version may come at any time, and only ingestion can put it in the place of the one before.
ALL_DAYS = 36_500
_LEFT_OUT = "ingest_left_out"
IS_REPEATED = is_marked(_LEFT_OUT)
"""SQL: whether a line is in `ingest_repeated`."""


@dataclass(frozen=True)
class RepeatedIdentity:
    """An identity that was accepted more than once, which must never be."""

    source_id: str
    native_id: str
    kind: str
    events: int
    places: tuple[tuple[int, int], ...]


def find_repeats(connection: duckdb.DuckDBPyConnection, source_id: str, repeats: Repeats) -> None:
    """Compare the rows of `sound_row` with each other and with accepted events.

    Fills the temporary table `ingest_repeated`: line_number, the place of the event that stands
    (`first_ingest_sequence` is null for one of this file) and `is_same_content`. Where repeats
    are conflicts the event accepted earlier stands, else the first line of the file. Where they
    are newer versions the newest stands; `ingest_replaced` then says which accepted event it
    replaces: line_number, ingest_sequence and event_line_number.
    """
    has_versions = repeats != "conflict"
    days = ALL_DAYS if has_versions else SEARCHED_DAYS
    connection.execute(search.SUSPECT.format(days=days), [source_id])
    connection.execute(search.EARLIER.format(hash=search.RAW_CONTENT_HASH), [source_id, source_id])
    if repeats == "cumulative":
        connection.execute(search.GROWN)
    connection.execute(search.CANDIDATES.format(hash=content_hash()))
    connection.execute(
        search.REPEATED.format(
            order=search.NEWEST if has_versions else search.OLDEST,
            same="true" if has_versions else search.SAME,
        )
    )
    connection.execute(search.REPLACED if has_versions else search.NOTHING_REPLACED)
    _mark_left_out(connection)


def _mark_left_out(connection: duckdb.DuckDBPyConnection) -> None:
    """Joins would slow the load by half."""
    found = connection.execute("select coalesce(max(line_number), 0) from ingest_repeated")
    (last,) = found.fetchone() or (0,)
    mark(connection, _LEFT_OUT, "select line_number from ingest_repeated", last)


def refresh_identities(connection: duckdb.DuckDBPyConnection) -> None:
    """Hash every identity anew when another engine, whose hashes differ, wrote the last ones."""
    connection.execute("create table if not exists raw.identity_engine (version varchar)")
    written = connection.execute("select version from raw.identity_engine").fetchone()
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


def find_duplicates(connection: duckdb.DuckDBPyConnection) -> list[RepeatedIdentity]:
    """Every identity that stands more than once in `raw.usage_event`, over all time.

    A close may begin only when the list is empty: ingestion looks back 35 days, this looks
    back all the way.
    """
    found = connection.execute(_FULL_SEARCH).fetchall()
    return [
        RepeatedIdentity(source, native, kind, len(places), tuple(tuple(p) for p in places))
        for source, native, kind, places in found
    ]


# An event that was taken back, by a reversal, does not stand any more.
_FULL_SEARCH = """
with suspects as (
    select hash(source_id, native_id) as identity_hash from raw.usage_event
    group by identity_hash having count(*) > 1
),
standing as (
    select source_id, native_id, kind, ingest_sequence, line_number,
        count(*) filter (kind <> 'reversal') over one_id
        - count(*) filter (kind = 'reversal') over one_id as times
    from raw.usage_event
    where hash(source_id, native_id) in (select identity_hash from suspects)
    window one_id as (
        partition by source_id, native_id, case when kind = 'reversal' then 'usage' else kind end
    )
)
select source_id, native_id, kind,
    list([ingest_sequence::bigint, line_number] order by ingest_sequence, line_number)
from standing
where times > 1 and kind <> 'reversal'
group by source_id, native_id, kind
order by source_id, native_id, kind"""
