{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    pre_hook='{{ clear_month() }}'
) }}

-- A threshold is crossed as it was first known: by the first file with which use came to it, in the
-- first quarter hour that was enough among that file and those before. Later files change nothing.
with periods as (
    select * from {{ ref('int_caps__periods') }}
),

steps as (
    select
        steps.*,
        periods.limit_quantity
    from {{ ref('int_caps__steps') }} as steps
    inner join periods on steps.limit_period_id = periods.limit_period_id
),

files as (
    select
        limit_period_id,
        window_starts_at,
        limit_quantity,
        ingest_sequence,
        sum(sum(quantity)) over (
            partition by limit_period_id, window_starts_at
            order by ingest_sequence rows unbounded preceding
        ) as used
    from steps
    group by limit_period_id, window_starts_at, limit_quantity, ingest_sequence
),

known as (
    select
        files.limit_period_id,
        files.window_starts_at,
        thresholds.threshold_percent,
        min(files.ingest_sequence) as known_from_sequence
    from files
    cross join {{ alert_thresholds() }} as thresholds (threshold_percent)
    where files.used * 100 >= files.limit_quantity * thresholds.threshold_percent
    group by files.limit_period_id, files.window_starts_at, thresholds.threshold_percent
),

quarter_hours as (
    select
        steps.limit_period_id,
        known.threshold_percent,
        known.known_from_sequence,
        steps.limit_quantity,
        steps.quarter_hour,
        sum(sum(steps.quantity)) over (
            partition by steps.limit_period_id, steps.window_starts_at, known.threshold_percent
            order by steps.quarter_hour rows unbounded preceding
        ) as used
    from steps
    inner join known
        on
            steps.limit_period_id = known.limit_period_id
            and steps.window_starts_at = known.window_starts_at
            and steps.ingest_sequence <= known.known_from_sequence
    group by
        steps.limit_period_id, steps.window_starts_at, known.threshold_percent,
        known.known_from_sequence, steps.limit_quantity, steps.quarter_hour
),

raised as (
    select
        limit_period_id,
        'crossed' as alert_kind,
        threshold_percent,
        min({
            'known_from_sequence': known_from_sequence,
            'raised_at': quarter_hour,
            'used_quantity': used
        }) as alert,
        cast(null as timestamp) as forecast_at
    from quarter_hours
    where used * 100 >= limit_quantity * threshold_percent
    group by limit_period_id, threshold_percent
    union all
    {{ forecast_alerts() }}
),

final as (
    {{ alert_rows('raised', 'periods') }}
    {%- if is_incremental() %}
    left join {{ this }} as earlier
        on
            earlier.billing_month < {{ billing_month() }}
            and {{ same_alert('earlier', 'periods', 'raised') }}
    where earlier.raised_at is null
    {%- endif %}
)

select * from final
