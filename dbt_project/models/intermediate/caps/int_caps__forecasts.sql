{{ config(materialized='table') }}

-- What comes repeats the last seven days, or as many whole days as there are of a new subject: the
-- hours after an instant are those of a week ago, again and again.
with looks as (
    {{ numbered_looks() }}
),

seen as (
    {{ use_by_first_look() }}
),

at_looks as (
    select
        limit_period_id,
        place,
        sum(used) as used,
        min(quarter_hour) as first_at
    from seen
    group by limit_period_id, place
),

known as (
    select
        looks.*,
        sum(at_looks.used) over so_far as used,
        least(
            7, date_diff('minute', min(at_looks.first_at) over so_far, looks.looked_at) // 1440
        ) as days
    from looks
    left join at_looks
        on looks.limit_period_id = at_looks.limit_period_id and looks.place = at_looks.place
    window so_far as (partition by looks.limit_period_id order by looks.place)
),

-- Hours are counted from the beginning of the days that repeat.
hours as (
    select
        known.*,
        date_diff('minute', looked_at - to_days(days), seen.quarter_hour) // 60 as hour_number,
        sum(seen.quantity) as quantity
    from known
    inner join seen
        on
            known.limit_period_id = seen.limit_period_id
            and known.place >= seen.place
            and known.looked_at - to_days(known.days) <= seen.quarter_hour
    where known.days > 0 and known.used < known.limit_quantity
    group by all
),

cycles as (
    select
        *,
        sum(quantity) over look as of_cycle,
        sum(quantity) over (look order by hour_number rows unbounded preceding) as of_cycle_so_far
    from hours
    window look as (partition by limit_period_id, place)
),

final as (
    select
        limit_period_id,
        looked_at,
        up_to_sequence,
        is_newest,
        cast(used as bigint) as used_quantity,
        min(
            looked_at + to_hours(
                cast((limit_quantity - used - 1) // of_cycle * days * 24 + hour_number as bigint)
            )
        ) as forecast_at
    from cycles
    where of_cycle > 0 and of_cycle_so_far >= (limit_quantity - used - 1) % of_cycle + 1
    group by limit_period_id, looked_at, up_to_sequence, is_newest, used, period_ends_at
    having forecast_at < period_ends_at
)

select * from final
