"""Requests that were delivered before, by identity: source, native id and kind, never time.

Here: the search beside a batch (35 days back) and the full search over the warehouse. Keep
out: faults a row has on its own (`checks.py`).
"""

from dataclasses import dataclass

import duckdb

from billing.ingestion.staging import CONTENT, content_hash
from billing.ingestion.tables import MAIN_METERS, OTHER_METERS

SEARCHED_DAYS = 35


@dataclass(frozen=True)
class RepeatedIdentity:
    """An identity that was accepted more than once, which must never be."""

    source_id: str
    native_id: str
    kind: str
    events: int
    places: tuple[tuple[int, int], ...]


def find_repeats(connection: duckdb.DuckDBPyConnection, source_id: str) -> None:
    """Compare the rows of `sound_row` with each other and with accepted events.

    Fills the temporary table `ingest_repeated`: line_number, the place of the first event of
    the same identity (`first_ingest_sequence` is null for one of this file) and
    `is_same_content`. The first event accepted earlier wins, else the first line of the file.
    """
    connection.execute(
        _EARLIER.format(hash=content_hash(_raw_content()), days=SEARCHED_DAYS), [source_id]
    )
    connection.execute(_CANDIDATES.format(hash=content_hash()))
    connection.execute(_REPEATED)


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


def _raw_content() -> tuple[str, ...]:
    """`CONTENT` over columns of the raw tables, hashed anew: no hash outlives its engine."""
    others = {
        meter: f"coalesce((select sum(quantity) from raw.usage_event_meter as m "
        f"where m.ingest_sequence = e.ingest_sequence and m.line_number = e.line_number "
        f"and m.fate = 'accepted' and m.meter = '{meter}'), 0)::bigint"
        for meter in OTHER_METERS
    }
    meters = {meter: f"e.{meter}_tokens" for meter in MAIN_METERS}
    return tuple((others | meters).get(name, f"e.{name}") for name in CONTENT)


_EARLIER = """
create or replace temp table ingest_earlier as
with window_start as (
    select min(completed_at) - to_days({days}) as starts_at from sound_row
),
matched as (
    select e.*
    from raw.usage_event as e
    inner join window_start on e.completed_at >= window_start.starts_at
    where e.source_id = ?
        and (e.native_id, e.kind) in (select (native_id, kind) from sound_row)
)
select native_id, kind, ingest_sequence, line_number, {hash} as content_hash
from matched as e"""

_CANDIDATES = """
create or replace temp table ingest_candidate as
with repeated as (
    select hash(native_id, kind) as identity_hash from sound_row
    group by identity_hash having count(*) > 1
    union
    select hash(native_id, kind) as identity_hash from ingest_earlier
)
select line_number, native_id, kind, {hash} as content_hash
from sound_row
inner join ingest_owner on sound_row.key_code = ingest_owner.key_code
where hash(native_id, kind) in (select identity_hash from repeated)"""

_REPEATED = """
create or replace temp table ingest_repeated as
with places as (
    select native_id, kind, content_hash, ingest_sequence, line_number from ingest_earlier
    union all
    select native_id, kind, content_hash, null as ingest_sequence, line_number
    from ingest_candidate
),
firsts as (
    select * from places
    qualify row_number() over (
        partition by native_id, kind order by ingest_sequence nulls last, line_number
    ) = 1
)
select candidate.line_number, firsts.ingest_sequence as first_ingest_sequence,
    firsts.line_number as first_line_number,
    candidate.content_hash = firsts.content_hash as is_same_content
from ingest_candidate as candidate
inner join firsts
    on candidate.native_id = firsts.native_id and candidate.kind = firsts.kind
where firsts.ingest_sequence is not null or firsts.line_number <> candidate.line_number"""

_FULL_SEARCH = """
with suspects as (
    select hash(source_id, native_id, kind) as identity_hash from raw.usage_event
    group by identity_hash having count(*) > 1
)
select source_id, native_id, kind,
    list([ingest_sequence::bigint, line_number] order by ingest_sequence, line_number)
from raw.usage_event
where hash(source_id, native_id, kind) in (select identity_hash from suspects)
group by source_id, native_id, kind
having count(*) > 1
order by source_id, native_id, kind"""
