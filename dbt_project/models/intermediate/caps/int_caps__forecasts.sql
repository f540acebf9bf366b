{{ config(materialized='table') }}

-- What comes repeats the last seven days, or as many whole days as there are of a new subject: the
-- hours after an instant are those of a week ago, again and again.
with periods as (
    select * from {{ ref('int_caps__periods') }}
),

looked_back as (
    select
        looks.limit_period_id,
        looks.looked_at,
        looks.is_newest,
        looks.up_to_sequence,
        periods.limit_quantity,
        periods.period_ends_at,
        periods.counts_from_at,
        counted.quarter_hour,
        {{ counted_quantity('periods.counted') }} as quantity,
        least(
            7, date_diff('minute', min(counted.quarter_hour) over look, looks.looked_at) // 1440
        ) as days
    from {{ ref('int_caps__looks') }} as looks
    inner join periods on looks.limit_period_id = periods.limit_period_id
    inner join {{ ref('int_caps__usage') }} as counted
        on
            {{ same_subject('periods', 'counted') }}
            and counted.throttle_cause = ''
            and looks.looked_at > counted.quarter_hour
            and looks.up_to_sequence >= counted.ingest_sequence
    window look as (partition by looks.limit_period_id, looks.looked_at, looks.is_newest)
),

-- Hours are counted from the beginning of the days that repeat.
hours as (
    select
        limit_period_id,
        looked_at,
        is_newest,
        up_to_sequence,
        limit_quantity,
        period_ends_at,
        days,
        date_diff('minute', looked_at - to_days(days), quarter_hour) // 60 as hour_number,
        sum(quantity) filter (where quarter_hour >= looked_at - to_days(days)) as quantity,
        sum(sum(quantity) filter (where quarter_hour >= counts_from_at)) over look as used
    from looked_back
    where days > 0
    group by
        limit_period_id, looked_at, is_newest, up_to_sequence, limit_quantity, period_ends_at,
        days, hour_number
    window look as (partition by limit_period_id, looked_at, is_newest)
),

cycles as (
    select
        *,
        sum(quantity) over look as of_cycle,
        sum(quantity) over (look order by hour_number rows unbounded preceding) as of_cycle_so_far
    from hours
    where hour_number >= 0
    window look as (partition by limit_period_id, looked_at, is_newest)
),

reached as (
    select
        limit_period_id,
        looked_at,
        is_newest,
        up_to_sequence,
        period_ends_at,
        cast(used as bigint) as used_quantity,
        min(
            looked_at + to_hours(
                cast((limit_quantity - used - 1) // of_cycle * days * 24 + hour_number as bigint)
            )
        ) as forecast_at
    from cycles
    where
        used < limit_quantity
        and of_cycle > 0
        and of_cycle_so_far >= (limit_quantity - used - 1) % of_cycle + 1
    group by limit_period_id, looked_at, is_newest, up_to_sequence, period_ends_at, used
),

final as (
    select
        limit_period_id,
        looked_at,
        up_to_sequence,
        is_newest,
        used_quantity,
        forecast_at
    from reached
    where forecast_at < period_ends_at
)

select * from final
