{{ config(incremental_strategy='delete+insert', unique_key='usage_date') }}

-- A peak cannot be added to: whole UTC days are built anew when a new file touches them.
with events as (
    select * from {{ ref('stg_usage__events') }}
),

touched_days as (
    select distinct cast(quarter_hour as date) as usage_date
    from events
    {% if is_incremental() %}
    where ingest_sequence > (select coalesce(max(known.seen_up_to), 0) from {{ this }} as known)
    {% endif %}
),

standings as (
    select * from {{ ref('int_usage__standings') }}
),

minutes as (
    select
        standings.subscription_id,
        events.api_key_id,
        events.requested_model,
        events.quarter_hour,
        {{ minute_of('events.completed_at') }} as usage_minute,
        cast(sum(events.requests) as bigint) as requests,
        cast(sum({{ each_meter('events.@_tokens', ' +') }}) as bigint) as tokens,
        cast(
            sum(case when events.outcome = 'rate_limited' then events.requests else 0 end) as bigint
        ) as throttled
    from events
    inner join touched_days on cast(events.quarter_hour as date) = touched_days.usage_date
    inner join standings on {{ same_standing('events', 'standings') }}
    group by
        standings.subscription_id, events.api_key_id, events.requested_model,
        events.quarter_hour, {{ minute_of('events.completed_at') }}
),

scopes as (
    select
        'subscription' as scope,
        subscription_id as scope_id,
        '' as requested_model,
        {{ minute_measures() }}
    from minutes
    where subscription_id <> ''
    union all
    select
        'key' as scope,
        api_key_id as scope_id,
        '' as requested_model,
        {{ minute_measures() }}
    from minutes
    union all
    select
        'key_model' as scope,
        api_key_id as scope_id,
        requested_model,
        {{ minute_measures() }}
    from minutes
),

by_minute as (
    select
        scope,
        scope_id,
        requested_model,
        quarter_hour,
        usage_minute,
        sum(requests) as requests,
        sum(tokens) as tokens,
        sum(throttled) as throttled
    from scopes
    group by scope, scope_id, requested_model, quarter_hour, usage_minute
),

final as (
    select
        scope,
        scope_id,
        requested_model,
        cast(quarter_hour as date) as usage_date,
        quarter_hour,
        cast(max(requests) as bigint) as peak_minute_requests,
        cast(max(tokens) as bigint) as peak_minute_tokens,
        cast(sum(throttled) as bigint) as throttled_requests,
        cast((select max(events.ingest_sequence) from events) as integer) as seen_up_to
    from by_minute
    group by scope, scope_id, requested_model, quarter_hour
)

select * from final
