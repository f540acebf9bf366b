"""The SQL of the search for copies of a file's rows.

Here: narrowing by hash, then comparing identities, then deciding which of several stands. Keep
out: the order of the steps, and the search over the whole warehouse (`duplicates.py`).
"""

from billing.ingestion.joined_shapes import JOINED, joined
from billing.ingestion.other_meters import merged
from billing.ingestion.staging import CONTENT, content_hash
from billing.ingestion.tables import MAIN_METERS

# Hashed anew: no hash outlives its engine.
_RAW_CONTENT = content_hash(
    tuple(f"{name}_tokens" if name in MAIN_METERS else name for name in CONTENT)
)

# Of the history only eight bytes an event are read.
SUSPECT = """
create or replace temp table ingest_suspect as
select identity.ingest_sequence, identity.line_number
from raw.event_identity as identity
where {among} and identity.identity_hash in (select identity_hash from ({sought}))"""

# Only files that reach into the window.
WITHIN_DAYS = """identity.ingest_sequence >= (
    select min(ingest_sequence) from raw.ingest_file
    where last_completed_at >= (select min(completed_at) - to_days({days}) from ({sought})))"""

# Other meters are joined, for asking after those of each event would sum up all there are.
MET = f"""
create or replace temp table {{target}} as
with others as (
    select ingest_sequence, line_number,
        string_agg(meter || '=' || quantity, ';' order by meter || '=' || quantity) as other_meters
    from raw.usage_event_meter
    semi join ingest_suspect using (ingest_sequence, line_number)
    where fate = 'accepted'
    group by ingest_sequence, line_number
)
select *, {_RAW_CONTENT} as content_hash
from (
    select e.*, coalesce(others.other_meters, '') as other_meters
    from raw.usage_event as e
    semi join ingest_suspect using (ingest_sequence, line_number)
    left join others using (ingest_sequence, line_number)
)"""

# Which lines of the file: those are few, and only of them all there is to say is read.
AGAIN = """
with identified as (
    select line_number, hash(native_id, kind) as identity_hash from sound_row
)
select line_number from identified
where identity_hash in (
    select identity_hash from identified group by identity_hash having count(*) > 1
    union all
    select hash(native_id, kind) from ({met})
)"""

# The hash only narrows the search; identities are then compared.
EARLIER = """
create or replace temp table ingest_earlier as
select * from ({met})
where source_id = $source
    and completed_at >= (select min(completed_at) - to_days({days}) from sound_row)
    and (native_id, kind) in (select (native_id, kind) from sound_row where {again})
qualify row_number() over (
    partition by native_id, kind order by ingest_sequence desc, line_number desc
) = 1"""

# Counts that grow never shrink: what an earlier file counted higher stays counted. What else an
# older version says that arrives late, the newer one said better.
_OLDER = "earlier.row_version > sound.row_version"
_FACTS = (name for name in CONTENT if name not in ("api_key_id", "other_meters", *MAIN_METERS))
_AS_BEFORE = ", ".join(
    f"case when {_OLDER} then earlier.{name} else sound.{name} end as {name}" for name in _FACTS
)
_MOST = ", ".join(
    f"greatest(sound.{m}, coalesce(earlier.{m}_tokens, 0)) as {m}" for m in MAIN_METERS
)
_ALL_OTHERS = "concat_ws(';', nullif(sound.other_meters, ''), nullif(earlier.other_meters, ''))"
_JOINED_ANEW = joined({name: name for name in JOINED}, may_hold_the_mark=True)
GROWN = f"""
create or replace temp view sound_row as
select * replace ({_JOINED_ANEW} as shape)
from (
    select sound.* replace (
        {_AS_BEFORE}, {_MOST}, {merged(_ALL_OTHERS)} as other_meters,
        greatest(sound.row_version, coalesce(earlier.row_version, 0)) as row_version
    )
    from sound_as_read as sound
    left join ingest_earlier as earlier
        on sound.native_id = earlier.native_id and sound.kind = earlier.kind
)"""

CANDIDATES = """
create or replace temp table ingest_candidate as
select line_number, native_id, kind, row_version, {hash} as content_hash
from sound_row
inner join ingest_owner on sound_row.key_code = ingest_owner.key_code
where {again}"""

OLDEST = "ingest_sequence nulls last, line_number"
NEWEST = "row_version desc, ingest_sequence desc nulls first, line_number desc"
SAME = "candidate.content_hash = standing.content_hash"

# What was accepted stands until there is a newer version, even one that says the same: else a
# version between the two that arrives later would pass for the newest.
REPEATED = """
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

REPLACED = """
create or replace temp table ingest_replaced as
select candidate.line_number, earlier.ingest_sequence, earlier.line_number as event_line_number
from ingest_candidate as candidate
inner join ingest_earlier as earlier
    on candidate.native_id = earlier.native_id and candidate.kind = earlier.kind
where candidate.line_number not in (select line_number from ingest_repeated)"""

NOTHING_REPLACED = """
create or replace temp table ingest_replaced as
select cast(null as bigint) as line_number, cast(null as integer) as ingest_sequence,
    cast(null as bigint) as event_line_number where false"""
