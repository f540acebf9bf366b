"""The SQL that writes a staged file's rows into schema `raw`.

Here: one statement per raw table, over the temporary tables that `fates.py` and `duplicates.py`
filled. Keep out: the transaction they run in (`store.py`).
"""

from billing.ingestion.duplicates import IS_REPEATED
from billing.ingestion.other_meters import rows_of
from billing.ingestion.shared_facts import OWNER_ID
from billing.ingestion.tables import MAIN_METERS, METER_COLUMNS

_METERS = ", ".join(MAIN_METERS)

ACCEPTED = f"""
insert into raw.accepted_event
select ?, line_number, {{shape_id}}, {OWNER_ID}, false, native_id, row_version, response_id,
    parent_id, started_at, completed_at, latency_ms, {_METERS}, source_cost_usd
from sound_row
where not {IS_REPEATED}"""

IDENTITIES = f"""
insert into raw.event_identity
select hash(?, native_id, kind), ?, line_number from sound_row where not {IS_REPEATED}"""

DUPLICATES = f"""
insert into raw.duplicate_event
select ?, repeated.line_number, ?, native_id, kind, owner.organization_id, completed_at,
    coalesce(first_ingest_sequence, ?), first_line_number, {_METERS}
from ingest_repeated as repeated
inner join sound_row on repeated.line_number = sound_row.line_number
inner join ingest_owner as owner on sound_row.key_code = owner.key_code
where repeated.is_same_content"""

QUARANTINED = f"""
insert into raw.quarantined_event
select ?, rejected.line_number, rejected.reason, rejected.field, rejected.detail,
    rejected.remedy, coalesce(native_id, ''), rejected.organization_id,
    completed_at, {_METERS}, coalesce(texts.raw_line, '')
from ingest_rejected as rejected
inner join staged_row on rejected.line_number = staged_row.line_number
left join ingest_text as texts on rejected.line_number = texts.line_number"""

_METER_ROWS = f"""(
    select line_number, {rows_of("pair")} from (
        select line_number, unnest(string_split(other_meters, ';')) as pair
        from counted_row where other_meters <> ''
    )
)"""

OTHER_METERS = f"""
insert into raw.usage_event_meter
select ?, meters.line_number,
    case when rejected.line_number is not null then 'quarantined'
        when repeated.line_number is not null then 'duplicate' else 'accepted' end,
    meters.meter, meters.quantity
from {_METER_ROWS} as meters
left join ingest_rejected as rejected on meters.line_number = rejected.line_number
left join ingest_repeated as repeated on meters.line_number = repeated.line_number"""

_RETRIED_ROW = """
from ingest_retried as retried
inner join {table} as original
    on retried.original_ingest_sequence = original.ingest_sequence
    and retried.original_line_number = original.line_number
where retried.result = 'released'"""

RELEASED = f"""
insert into raw.quarantine_release
select ?, retried.line_number, original.ingest_sequence, original.line_number, reason,
    organization_id, completed_at, {", ".join(METER_COLUMNS)}
{_RETRIED_ROW.format(table="raw.quarantined_event")}"""

RELEASED_METERS = f"""
insert into raw.usage_event_meter
select ?, retried.line_number, 'released', meter, quantity
{_RETRIED_ROW.format(table="raw.usage_event_meter")} and original.fate = 'quarantined'"""

RETRIED = """
insert into raw.retried_row
select ?, line_number, content_sha256, original_line_number, result from ingest_retried"""

RETRIED_IGNORED = """
insert into raw.ignored_row
select ?, result, count(*) from ingest_retried where result <> 'released' group by result"""

# What a retry file releases was received with the file it first came in.
FILE_METERS = f"""
insert into raw.ingest_file_meter
with given (ingest_sequence) as (select cast(? as integer)),
released as (
    select * from raw.quarantine_release
    where ingest_sequence = (select ingest_sequence from given)
),
counted as (
    select 'requests' as meter, count(*) as quantity from staged_row
    union all
    select meter, quantity from (
        unpivot (select {", ".join(f"sum({m}) as {m}" for m in MAIN_METERS)} from counted_row)
        on columns(*) into name meter value quantity)
    union all
    select meter, quantity from {_METER_ROWS}
    union all
    select 'requests' as meter, -count(*) from released
    union all
    select meter, -quantity from (
        unpivot (select {", ".join(f"sum({m}_tokens) as {m}" for m in MAIN_METERS)} from released)
        on columns(*) into name meter value quantity)
    union all
    select meter, -quantity from raw.usage_event_meter
    where fate = 'released' and ingest_sequence = (select ingest_sequence from given)
)
select given.ingest_sequence, meter, cast(sum(quantity) as bigint)
from counted cross join given
group by given.ingest_sequence, meter having sum(quantity) <> 0 or meter = 'requests'"""

IGNORED = """
insert into raw.ignored_row
select ?, ignored_rule, count(*) from staged_file
where ignored_rule is not null group by ignored_rule"""

COUNT_IGNORED = "select coalesce(sum(rows), 0) from raw.ignored_row where ingest_sequence = ?"

_REPLACED_EVENT = """
from ingest_replaced as replaced
inner join {table} as event
    on replaced.ingest_sequence = event.ingest_sequence
    and replaced.event_line_number = event.line_number"""

REVERSALS = f"""
insert into raw.accepted_event
select event.* replace (
    cast(? as integer) as ingest_sequence, -replaced.line_number as line_number,
    true as is_reversal)
{_REPLACED_EVENT.format(table="raw.accepted_event")}"""

WITHDRAWN = f"""
insert into raw.duplicate_event
select ?, -replaced.line_number, source_id, native_id, kind, organization_id, completed_at,
    event.ingest_sequence, event.line_number, {", ".join(METER_COLUMNS)}
{_REPLACED_EVENT.format(table="raw.usage_event")}"""

WITHDRAWN_METERS = """
insert into raw.usage_event_meter
select ?, -replaced.line_number, fates.fate, meters.meter, meters.quantity
from ingest_replaced as replaced
inner join raw.usage_event_meter as meters
    on replaced.ingest_sequence = meters.ingest_sequence
    and replaced.event_line_number = meters.line_number and meters.fate = 'accepted'
cross join (values ('accepted'), ('duplicate')) as fates (fate)"""

LAST_COMPLETION = "select max(completed_at) from staged_row"

FILE_MONTH = """
select cast(date_trunc('month', completed_at) as date) as month_date
from staged_row where completed_at is not null
group by month_date order by count(*) desc, month_date limit 1"""

LATE = """
select count(*) from raw.usage_event as e
inner join ingest_finalized as closed
    on e.organization_id = closed.organization_id
    and e.completed_at >= closed.starts_at and e.completed_at < closed.ends_at
where e.ingest_sequence = ? and e.kind <> 'reversal' and ? > closed.watermark"""
