{{ config(materialized='view') }}

with schedules as (
    select * from {{ source('catalog', 'tier_schedules') }}
),

steps as (
    select * from {{ source('catalog', 'tier_steps') }}
),

final as (
    select
        steps.tier_schedule_id,
        cast(row_number() over (by_quantity) as integer) as tier_step,
        schedules.kind,
        schedules.currency,
        cast(coalesce(schedules.package_size, 1) as bigint) as package_size,
        steps.above_quantity,
        lead(steps.above_quantity, 1, 9223372036854775807) over (by_quantity) as up_to_quantity,
        steps.unit_price
    from steps
    inner join schedules on steps.tier_schedule_id = schedules.tier_schedule_id
    window by_quantity as (partition by steps.tier_schedule_id order by steps.above_quantity)
)

select * from final
