with events as (
    select * from {{ ref('stg_usage__events') }}
    {{ only_new_files() }}
),

standings as (
    select * from {{ ref('int_usage__current_standings') }}
),

request_kinds as (
    select * from {{ ref('int_usage__request_kinds') }}
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
    inner join request_kinds on {{ same_request_kind('events', 'request_kinds') }}
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
