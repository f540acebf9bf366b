{{ config(
    incremental_strategy='delete+insert', unique_key='usage_date',
    pre_hook='{{ take_out_moved_days() }}'
) }}

-- A peak cannot be added to: whole UTC days are built anew when a new file touches them. The
-- events are named three times on purpose: a shared CTE of them would be kept in memory whole.
with touched_days as (
    {{ touched_days() }}
),

-- Standings in which a request counts; the lowest of a key or a subscription stands for it.
standings as (
    select
        *,
        min(standing_id) over (partition by api_key_id) as key_number,
        min(standing_id) over (partition by subscription_id) as subscription_number
    from {{ ref('int_usage__current_standings') }}
    where is_key_valid and (payer <> 'subscription' or is_subscription_active)
),

owners as (
    select
        key_owner.owner_id,
        standings.from_at,
        standings.to_at,
        standings.key_number,
        case when standings.payer = 'subscription' then standings.subscription_number end
            as subscription_number
    from {{ source('raw', 'key_owner') }} as key_owner
    inner join standings on key_owner.api_key_id = standings.api_key_id
),

shapes as (
    {{ shapes_by_model() }}
),

minutes as (
    select
        owners.key_number,
        owners.subscription_number,
        shapes.model_number,
        events.quarter_hour,
        {{ minute_of('events.completed_at') }} as usage_minute,
        sum(events.requests) filter (where shapes.is_served) as requests,
        sum(
            case
                when shapes.is_served
                    then events.requests * ({{ each_meter('events.@_tokens', ' +') }})
            end
        ) as tokens,
        sum(events.requests) filter (where shapes.is_throttled) as throttled
    from {{ ref('stg_usage__events') }} as events
    inner join touched_days on cast(events.quarter_hour as date) = touched_days.usage_date
    inner join owners on {{ same_standing('events', 'owners') }}
    inner join shapes on events.shape_id = shapes.shape_id
    where
        (shapes.is_served or shapes.is_throttled)
        and {{ on_days_of('touched_days', 'events.completed_at') }}
    group by
        owners.key_number, owners.subscription_number, shapes.model_number, events.quarter_hour,
        {{ minute_of('events.completed_at') }}
),

peaks as (
    {{ peaks_of_minutes('key_model', 'key_number', 'model_number') }}
    union all
    {{ peaks_of_minutes('key', 'key_number', '0') }}
    union all
    {{ peaks_of_minutes('subscription', 'subscription_number', '0') }}
    union all
    {{ peaks_of_minutes('subscription_model', 'subscription_number', 'model_number') }}
),

newest as (
    select max(ingest_sequence) as ingest_sequence from {{ ref('stg_usage__events') }}
),

final as (
    select
        peaks.scope,
        case
            when starts_with(peaks.scope, 'subscription') then standings.subscription_id
            else standings.api_key_id
        end as scope_id,
        coalesce(shapes.model_id, '') as model_id,
        cast(peaks.quarter_hour as date) as usage_date,
        peaks.quarter_hour,
        {{ peak_of('requests') }},
        {{ peak_of('tokens') }},
        cast(coalesce(peaks.throttled, 0) as bigint) as throttled_requests,
        cast(newest.ingest_sequence as integer) as seen_up_to
    from peaks
    cross join newest
    inner join standings on peaks.scope_number = standings.standing_id
    left join shapes on peaks.model_number = shapes.shape_id
)

select * from final
