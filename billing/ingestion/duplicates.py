"""Requests that were delivered before, by identity: source, native id and kind, never time.

Here: the search beside a batch (35 days back) and the full search over the warehouse. Keep
out: faults a row has on its own (`checks.py`).
"""

from dataclasses import dataclass

import duckdb

from billing.ingestion.canonical import Repeats
from billing.ingestion.staging import CONTENT, content_hash
from billing.ingestion.tables import MAIN_METERS

SEARCHED_DAYS = 35
IS_REPEATED = """coalesce(
    line_number < bit_length(getvariable('ingest_left_out'))
    and get_bit(getvariable('ingest_left_out'), cast(
        least(line_number, bit_length(getvariable('ingest_left_out')) - 1) as integer
    )) = 1, false)"""
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
    connection.execute(_SUSPECT.format(days=SEARCHED_DAYS), [source_id])
    connection.execute(_EARLIER.format(hash=content_hash(_raw_content())), [source_id, source_id])
    if repeats == "cumulative":
        connection.execute(_GROWN)
    connection.execute(_CANDIDATES.format(hash=content_hash()))
    has_versions = repeats != "conflict"
    connection.execute(
        _REPEATED.format(
            order=_NEWEST if has_versions else _OLDEST, same="true" if has_versions else _SAME
        )
    )
    connection.execute(_REPLACED if has_versions else _NOTHING_REPLACED)
    _mark_left_out(connection)


def _mark_left_out(connection: duckdb.DuckDBPyConnection) -> None:
    """One bit for each line, so that the load needs no join: joins would slow it by half."""
    found = connection.execute("select coalesce(max(line_number), 0) from ingest_repeated")
    (last,) = found.fetchone() or (0,)
    connection.execute(
        "set variable ingest_left_out = (select bitstring_agg(line_number, 0, "
        f"{int(last)}::bigint) from ingest_repeated)"
    )


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


def _raw_content() -> tuple[str, ...]:
    """`CONTENT` over columns of the raw tables, hashed anew: no hash outlives its engine."""
    others = (
        "coalesce((select string_agg(m.meter || '=' || m.quantity, ';' "
        "order by m.meter || '=' || m.quantity) from raw.usage_event_meter as m "
        "where m.ingest_sequence = e.ingest_sequence and m.line_number = e.line_number "
        "and m.fate = 'accepted'), '')"
    )
    meters = {meter: f"e.{meter}_tokens" for meter in MAIN_METERS}
    return tuple(({"other_meters": others} | meters).get(name, f"e.{name}") for name in CONTENT)


# Of the history only eight bytes an event are read, and only of files that reach into the window.
_SUSPECT = """
create or replace temp table ingest_suspect as
with window_start as (
    select min(completed_at) - to_days({days}) as starts_at from sound_row
),
first_file as (
    select min(ingest_sequence) as ingest_sequence
    from raw.ingest_file, window_start
    where last_completed_at >= starts_at
)
select identity.identity_hash, identity.ingest_sequence, identity.line_number,
    window_start.starts_at
from raw.event_identity as identity, window_start
where identity.ingest_sequence >= (select ingest_sequence from first_file)
    and identity.identity_hash in (select hash(?, native_id, kind) from sound_row)"""

# The hash only narrows the search; identities are then compared.
_EARLIER = """
create or replace temp table ingest_earlier as
with matched as (
    select e.*
    from raw.usage_event as e
    inner join ingest_suspect as suspect
        on e.ingest_sequence = suspect.ingest_sequence and e.line_number = suspect.line_number
    where e.source_id = ? and e.completed_at >= suspect.starts_at
        and (e.native_id, e.kind) in (
            select (native_id, kind) from sound_row
            where hash(?, native_id, kind) in (select identity_hash from ingest_suspect)
        )
    qualify row_number() over (
        partition by e.native_id, e.kind order by e.ingest_sequence desc, e.line_number desc
    ) = 1
)
select native_id, kind, ingest_sequence, line_number, row_version, {hash} as content_hash
from matched as e"""

# Counts that grow never shrink: what an earlier file counted higher stays counted.
_GROWN = f"""
create or replace temp view sound_row as
select sound.* replace (
    {", ".join(f"greatest(sound.{m}, coalesce(event.{m}_tokens, 0)) as {m}" for m in MAIN_METERS)}
)
from sound_as_read as sound
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

# What was accepted stands as long as nothing newer says anything else.
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
        and chosen.content_hash = same.content_hash
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
