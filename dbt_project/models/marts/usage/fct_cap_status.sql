{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    pre_hook='{{ clear_month() }}'
) }}

with periods as (
    select * from {{ ref('int_caps__periods') }}
),

windows as (
    select
        limit_period_id,
        window_starts_at,
        sum(quantity) as quantity
    from {{ ref('int_caps__steps') }}
    group by limit_period_id, window_starts_at
),

used as (
    select
        limit_period_id,
        max(quantity) as used_quantity
    from windows
    group by limit_period_id
),

causes as (
    select
        periods.limit_period_id,
        counted.throttle_cause,
        cast(sum(counted.throttled_requests) as bigint) as requests
    from periods
    inner join {{ ref('int_caps__usage') }} as counted
        on
            {{ same_subject('periods', 'counted') }}
            and counted.throttle_cause <> ''
            and periods.counts_from_at <= counted.quarter_hour
            and periods.counts_to_at > counted.quarter_hour
    group by periods.limit_period_id, counted.throttle_cause
),

throttled as (
    select
        limit_period_id,
        cast(sum(requests) as bigint) as requests,
        string_agg(
            throttle_cause || ': ' || requests, ', ' order by requests desc, throttle_cause asc
        ) as causes
    from causes
    where requests > 0
    group by limit_period_id
),

peaks as (
    select
        periods.limit_period_id,
        {{ highest_minute('periods.counted', 'peaks') }} as highest
    from periods
    inner join {{ ref('int_usage__minute_peaks') }} as peaks
        on
            replace(periods.subject_kind, 'subscription_item', 'subscription_model') = peaks.scope
            and periods.subject_id = peaks.scope_id
            and periods.model_id = peaks.model_id
            and periods.counts_from_at <= peaks.quarter_hour
            and periods.counts_to_at > peaks.quarter_hour
    where {{ near_month('peaks.usage_date', 33) }}
    group by periods.limit_period_id
),

final as (
    select
        {{ billing_month() }} as billing_month,
        {{ cap_subject('periods') }},
        periods.limit_kind,
        periods.counted,
        periods.limit_from_at,
        periods.period_starts_at,
        periods.period_ends_at,
        periods.as_of_at,
        periods.limit_quantity,
        cast(coalesce(used.used_quantity, 0) as bigint) as used_quantity,
        {{ percent_of('coalesce(used.used_quantity, 0)', 'periods.limit_quantity') }}
            as used_percent,
        coalesce(used.used_quantity, 0) >= periods.limit_quantity as is_reached,
        forecasts.forecast_at,
        coalesce(peaks.highest['quantity'], 0) as highest_minute_quantity,
        case when peaks.highest['quantity'] > 0 then peaks.highest['minute_at'] end
            as highest_minute_at,
        coalesce(throttled.requests, 0) as throttled_requests,
        coalesce(throttled.causes, '') as throttle_causes
    from periods
    left join used on periods.limit_period_id = used.limit_period_id
    left join throttled on periods.limit_period_id = throttled.limit_period_id
    left join peaks on periods.limit_period_id = peaks.limit_period_id
    left join {{ ref('int_caps__forecasts') }} as forecasts
        on periods.limit_period_id = forecasts.limit_period_id and forecasts.is_newest
)

select * from final
