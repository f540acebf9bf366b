{{ config(materialized='table') }}

-- What adds up is told by file, so that a crossing can be found as it was first known; a busiest
-- minute does not add up and is told as it is known now.
with periods as (
    select * from {{ ref('int_caps__periods') }}
),

used as (
    select
        *,
        {{ minute_of_local_hour('quarter_hour', 'zone') }} as minutes_passed
    from (
        select
            periods.limit_period_id,
            periods.measured_over,
            periods.counted,
            periods.zone,
            periods.period_starts_at,
            counted.quarter_hour,
            counted.ingest_sequence,
            counted.calls,
            counted.tokens,
            counted.generations
        from periods
        inner join {{ ref('int_caps__usage') }} as counted
            on
                {{ same_subject('periods', 'counted') }}
                and counted.throttle_cause = ''
                and periods.counts_from_at <= counted.quarter_hour
                and periods.counts_to_at > counted.quarter_hour
        where periods.measured_over <> 'minute'
    ) as of_period
),

final as (
    select
        limit_period_id,
        case
            when measured_over = 'hour' then quarter_hour - to_minutes(minutes_passed)
            else period_starts_at
        end as window_starts_at,
        quarter_hour,
        ingest_sequence,
        {{ counted_quantity('counted') }} as quantity
    from used
    union all
    select
        periods.limit_period_id,
        peaks.quarter_hour as window_starts_at,
        peaks.quarter_hour,
        0 as ingest_sequence,
        case periods.counted
            when 'calls' then peaks.peak_minute_requests else peaks.peak_minute_tokens
        end as quantity
    from periods
    inner join {{ ref('int_usage__minute_peaks') }} as peaks
        on
            periods.subject_kind = peaks.scope
            and periods.subject_id = peaks.scope_id
            and periods.model_id = peaks.model_id
            and periods.counts_from_at <= peaks.quarter_hour
            and periods.counts_to_at > peaks.quarter_hour
    where
        periods.measured_over = 'minute'
        and {{ near_month('peaks.usage_date', 2) }}
)

select * from final
