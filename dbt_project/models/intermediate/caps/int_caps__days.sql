with zones as (
    select distinct zone from {{ ref('int_caps__months') }}
),

calendar as (
    select cast(unnest(generate_series(
        {{ billing_month() }},
        {{ billing_month() }} + interval '1 month' - interval '1 day',
        interval '1 day'
    )) as timestamp) as local_day
),

final as (
    select
        zones.zone,
        {{ instant_of('calendar.local_day', 'zones.zone') }} as starts_at,
        {{ instant_of("(calendar.local_day + interval '1 day')", 'zones.zone') }} as ends_at
    from zones
    cross join calendar
)

select * from final
