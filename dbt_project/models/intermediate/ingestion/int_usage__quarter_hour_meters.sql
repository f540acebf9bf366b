{{ config(pre_hook='{{ take_out_moved_usage() }}') }}

with events as (
    {{ events_to_place() }}
),

meters as (
    select
        ingest_sequence,
        line_number,
        meter,
        quantity
    from {{ source('raw', 'usage_event_meter') }}
    where fate = 'accepted'
),

standings as (
    {{ standings_of_owners() }}
),

request_kinds as (
    {{ kinds_of_shapes() }}
),

final as (
    select
        {{ usage_key_id('standings', 'request_kinds') }} as usage_key_id,
        events.quarter_hour,
        events.ingest_sequence,
        meters.meter,
        cast(sum(events.requests) as bigint) as requests,
        cast(sum(events.requests * meters.quantity) as bigint) as quantity
    from meters
    inner join events
        on
            meters.ingest_sequence = events.ingest_sequence
            and meters.line_number = events.line_number
    inner join standings on {{ same_standing('events', 'standings') }}
    inner join request_kinds on {{ same_kind('events', 'request_kinds') }}
    group by
        {{ usage_key_id('standings', 'request_kinds') }},
        events.quarter_hour,
        events.ingest_sequence,
        meters.meter
)

select * from final
