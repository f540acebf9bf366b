{{ config(materialized='table') }}

with organizations as (
    select organization_id from {{ source('catalog', 'organizations') }}
    union
    select 'unknown' as organization_id
),

routes as (
    select * from {{ source('books', 'late_route') }}
),

watermarks as (
    select * from {{ source('books', 'month_watermark') }}
    where billing_month = {{ billing_month() }}
),

routed_here as (
    select
        organization_id,
        service_month,
        after_sequence,
        up_to_sequence
    from routes
    where billing_month = {{ billing_month() }}
),

own_month as (
    select * from routes
    where service_month = {{ billing_month() }}
),

not_routed as (
    select
        organization_id,
        lag(up_to_sequence, 1, 0) over (
            partition by organization_id order by after_sequence
        ) as after_sequence,
        after_sequence as up_to_sequence
    from own_month
    union all
    select
        organization_id,
        max(up_to_sequence) as after_sequence,
        2147483647 as up_to_sequence
    from own_month
    group by organization_id
    union all
    select
        organizations.organization_id,
        0 as after_sequence,
        2147483647 as up_to_sequence
    from organizations
    left join own_month on organizations.organization_id = own_month.organization_id
    where own_month.organization_id is null
),

stretches as (
    select * from routed_here
    union all
    select
        organization_id,
        {{ billing_month() }} as service_month,
        after_sequence,
        up_to_sequence
    from not_routed
),

final as (
    select
        stretches.organization_id,
        {{ billing_month() }} as billing_month,
        stretches.service_month,
        stretches.after_sequence,
        least(
            stretches.up_to_sequence, coalesce(watermarks.watermark, 2147483647)
        ) as up_to_sequence
    from stretches
    left join watermarks on stretches.organization_id = watermarks.organization_id
    where stretches.after_sequence < least(
        stretches.up_to_sequence, coalesce(watermarks.watermark, 2147483647)
    )
)

select * from final
