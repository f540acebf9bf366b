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
        {{ days_that_repeat('min(at_looks.first_at) over so_far', 'looks.looked_at') }} as days
    from looks
    left join at_looks
        on looks.limit_period_id = at_looks.limit_period_id and looks.place = at_looks.place
    window so_far as (partition by looks.limit_period_id order by looks.place)
),

hours as (
    select
        known.*,
        {{ hour_number('seen.quarter_hour', 'known.looked_at', 'known.days') }} as hour_number,
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
    {{ cycles('hours', 'limit_period_id, place') }}
),

final as (
    select
        limit_period_id,
        looked_at,
        up_to_sequence,
        is_newest,
        cast(used as bigint) as used_quantity,
        {{ reached_at('looked_at', 'days', '(limit_quantity - used)') }} as forecast_at
    from cycles
    where {{ is_enough('(limit_quantity - used)') }}
    group by limit_period_id, looked_at, up_to_sequence, is_newest, used, period_ends_at
    having forecast_at < period_ends_at
)

select * from final
