{{ config(
    incremental_strategy='delete+insert', unique_key='usage_date',
    pre_hook='{{ take_out_moved_days() }}'
) }}

-- A peak cannot be added to: whole UTC days are built anew when a new file touches them. The
-- events are named three times on purpose: a shared CTE of them would be kept in memory whole.
with touched_days as (
    {{ touched_days() }}
),

standings as (
    select * from {{ ref('int_usage__current_standings') }}
),

keys as (
    select
        api_key_id,
        subscription_id,
        min(standing_id) as key_number,
        min(min(standing_id)) over (partition by subscription_id) as subscription_number
    from standings
    group by api_key_id, subscription_id
),

owners as (
    select
        key_owner.owner_id,
        keys.key_number,
        case when keys.subscription_id <> '' then keys.subscription_number end
            as subscription_number
    from {{ source('raw', 'key_owner') }} as key_owner
    inner join keys on key_owner.api_key_id = keys.api_key_id
),

shapes as (
    select
        shape_id,
        requested_model,
        outcome,
        min(shape_id) over (partition by requested_model) as model_number
    from {{ source('raw', 'request_shape') }}
),

minutes as (
    select
        owners.key_number,
        owners.subscription_number,
        shapes.model_number,
        events.quarter_hour,
        {{ minute_of('events.completed_at') }} as usage_minute,
        sum(events.requests) as requests,
        sum({{ each_meter('events.@_tokens', ' +') }}) as tokens,
        sum(case when shapes.outcome = 'rate_limited' then events.requests else 0 end) as throttled
    from {{ ref('stg_usage__events') }} as events
    inner join touched_days on cast(events.quarter_hour as date) = touched_days.usage_date
    inner join owners on events.owner_id = owners.owner_id
    inner join shapes on events.shape_id = shapes.shape_id
    where {{ on_days_of('touched_days', 'events.completed_at') }}
    group by
        owners.key_number,
        owners.subscription_number,
        shapes.model_number,
        events.quarter_hour,
        {{ minute_of('events.completed_at') }}
),

peaks as (
    {{ peaks_of_minutes('key_model', 'key_number', 'model_number') }}
    union all
    {{ peaks_of_minutes('key', 'key_number', '0') }}
    union all
    {{ peaks_of_minutes('subscription', 'subscription_number', '0') }}
),

newest as (
    select max(ingest_sequence) as ingest_sequence from {{ ref('stg_usage__events') }}
),

final as (
    select
        peaks.scope,
        case
            when peaks.scope = 'subscription' then keys.subscription_id else keys.api_key_id
        end as scope_id,
        coalesce(shapes.requested_model, '') as requested_model,
        cast(peaks.quarter_hour as date) as usage_date,
        peaks.quarter_hour,
        cast(peaks.requests as bigint) as peak_minute_requests,
        cast(peaks.tokens as bigint) as peak_minute_tokens,
        cast(peaks.throttled as bigint) as throttled_requests,
        cast(newest.ingest_sequence as integer) as seen_up_to
    from peaks
    cross join newest
    inner join keys on peaks.scope_number = keys.key_number
    left join shapes on peaks.model_number = shapes.shape_id
)

select * from final
