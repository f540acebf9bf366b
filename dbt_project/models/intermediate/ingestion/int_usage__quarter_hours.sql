{{ config(pre_hook='{{ take_out_moved_usage() }}') }}

with events as (
    {{ events_to_place() }}
),

standings as (
    {{ standings_of_owners() }}
),

request_kinds as (
    {{ kinds_of_shapes() }}
),

decided as (
    select
        {{ usage_key_id('standings', 'request_kinds') }} as usage_key_id,
        events.quarter_hour,
        events.ingest_sequence,
        events.requests,
        {{ each_meter('events.requests * events.@_tokens as @_tokens') }}
    from events
    inner join standings on {{ same_standing('events', 'standings') }}
    inner join request_kinds on {{ same_kind('events', 'request_kinds') }}
),

final as (
    select
        usage_key_id,
        quarter_hour,
        ingest_sequence,
        cast(sum(requests) as bigint) as requests,
        {{ each_meter('cast(sum(@_tokens) as bigint) as @_tokens') }}
    from decided
    group by usage_key_id, quarter_hour, ingest_sequence
)

select * from final
