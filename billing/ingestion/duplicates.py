"""Requests that were delivered before, by identity: source, native id and kind, never time.

Here: the search beside a batch (35 days back, or all the way for rows that have versions) and
the full search over the warehouse. Keep out: faults a row has on its own (`checks.py`).
"""

from dataclasses import dataclass

import duckdb

from billing.ingestion.canonical import Repeats
from billing.ingestion.other_meters import merged
from billing.ingestion.staging import CONTENT, content_hash
from billing.ingestion.tables import MAIN_METERS

SEARCHED_DAYS = 35
# A version may come at any time, and only ingestion can put it in the place of the one before.
ALL_DAYS = 36_500


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
    connection.execute(_EARLIER.format(hash=content_hash(_raw_content()), days=days), [source_id])
    if repeats == "cumulative":
        connection.execute(_GROWN)
    connection.execute(_CANDIDATES.format(hash=content_hash()))
    connection.execute(
        _REPEATED.format(
            order=_NEWEST if has_versions else _OLDEST, same="true" if has_versions else _SAME
        )
    )
    connection.execute(_REPLACED if has_versions else _NOTHING_REPLACED)


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
    meters = {meter: f"e.{meter}_tokens" for meter in MAIN_METERS}
    return tuple(({"other_meters": _OTHERS} | meters).get(name, f"e.{name}") for name in CONTENT)


_OTHERS = (
    "coalesce((select string_agg(m.meter || '=' || m.quantity, ';' "
    "order by m.meter || '=' || m.quantity) from raw.usage_event_meter as m "
    "where m.ingest_sequence = e.ingest_sequence and m.line_number = e.line_number "
    "and m.fate = 'accepted'), '')"
)


_EARLIER = f"""
create or replace temp table ingest_earlier as
with window_start as (
    select min(completed_at) - to_days({{days}}) as starts_at from sound_row
),
matched as (
    select e.*
    from raw.usage_event as e
    inner join window_start on e.completed_at >= window_start.starts_at
    where e.source_id = ? and e.kind <> 'reversal'
        and (e.native_id, e.kind) in (select (native_id, kind) from sound_row)
    qualify row_number() over (
        partition by e.native_id, e.kind order by e.ingest_sequence desc, e.line_number desc
    ) = 1
)
select native_id, kind, ingest_sequence, line_number, row_version, {{hash}} as content_hash,
    {_OTHERS} as other_meters
from matched as e"""

# Counts that grow never shrink: what an earlier file counted higher stays counted. What else an
# older version says that arrives late, the newer one said better.
_OLDER = "earlier.row_version > sound.row_version"
_FACTS = (name for name in CONTENT if name not in ("api_key_id", "other_meters", *MAIN_METERS))
_AS_BEFORE = ", ".join(
    f"case when {_OLDER} then event.{name} else sound.{name} end as {name}" for name in _FACTS
)
_MOST = ", ".join(f"greatest(sound.{m}, coalesce(event.{m}_tokens, 0)) as {m}" for m in MAIN_METERS)
_ALL_OTHERS = "concat_ws(';', nullif(sound.other_meters, ''), nullif(earlier.other_meters, ''))"
_GROWN = f"""
create or replace temp view sound_row as
with sound as (
    select * from staged_row
    where problem is null and line_number not in (select line_number from ingest_decided)
)
select sound.* replace (
    {_AS_BEFORE}, {_MOST}, {merged(_ALL_OTHERS)} as other_meters,
    greatest(sound.row_version, coalesce(earlier.row_version, 0)) as row_version
)
from sound
left join ingest_earlier as earlier
    on sound.native_id = earlier.native_id and sound.kind = earlier.kind
left join raw.usage_event as event
    on earlier.ingest_sequence = event.ingest_sequence
    and earlier.line_number = event.line_number"""

_CANDIDATES = """
create or replace temp table ingest_candidate as
with repeated as (
    select hash(native_id, kind) as identity_hash from sound_row
    group by identity_hash having count(*) > 1
    union
    select hash(native_id, kind) as identity_hash from ingest_earlier
)
select line_number, native_id, kind, row_version, {hash} as content_hash
from sound_row
inner join ingest_owner on sound_row.key_code = ingest_owner.key_code
where hash(native_id, kind) in (select identity_hash from repeated)"""

_OLDEST = "ingest_sequence nulls last, line_number"
_NEWEST = "row_version desc, ingest_sequence desc nulls first, line_number desc"
_SAME = "candidate.content_hash = standing.content_hash"

# What was accepted stands until there is a newer version, even one that says the same: else a
# version between the two that arrives later would pass for the newest.
_REPEATED = """
create or replace temp table ingest_repeated as
with places as (
    select native_id, kind, content_hash, row_version, ingest_sequence, line_number
    from ingest_earlier
    union all
    select native_id, kind, content_hash, row_version, null as ingest_sequence, line_number
    from ingest_candidate
),
chosen as (
    select * from places
    qualify row_number() over (partition by native_id, kind order by {order}) = 1
),
standing as (
    select chosen.native_id, chosen.kind, chosen.content_hash,
        coalesce(same.ingest_sequence, chosen.ingest_sequence) as ingest_sequence,
        coalesce(same.line_number, chosen.line_number) as line_number
    from chosen
    left join ingest_earlier as same
        on chosen.native_id = same.native_id and chosen.kind = same.kind
        and chosen.content_hash = same.content_hash and chosen.row_version <= same.row_version
)
select candidate.line_number, standing.ingest_sequence as first_ingest_sequence,
    standing.line_number as first_line_number, {same} as is_same_content
from ingest_candidate as candidate
inner join standing
    on candidate.native_id = standing.native_id and candidate.kind = standing.kind
where standing.ingest_sequence is not null or standing.line_number <> candidate.line_number"""

_REPLACED = """
create or replace temp table ingest_replaced as
select candidate.line_number, earlier.ingest_sequence, earlier.line_number as event_line_number
from ingest_candidate as candidate
inner join ingest_earlier as earlier
    on candidate.native_id = earlier.native_id and candidate.kind = earlier.kind
where candidate.line_number not in (select line_number from ingest_repeated)"""

_NOTHING_REPLACED = """
create or replace temp table ingest_replaced as
select cast(null as bigint) as line_number, cast(null as integer) as ingest_sequence,
    cast(null as bigint) as event_line_number where false"""

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
