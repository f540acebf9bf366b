{{ config(materialized='view') }}

with slices as (
    select * from {{ source('catalog', 'rating_slice') }}
),

final as (
    select
        organization_id,
        service_month,
        min(starts_at) as starts_at,
        max(ends_at) as ends_at
    from slices
    group by organization_id, service_month
)

select * from final
