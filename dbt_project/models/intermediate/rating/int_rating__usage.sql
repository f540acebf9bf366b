{{ config(materialized='view') }}

with token_meters as (
    unpivot (
        select * exclude (requests) from {{ ref('int_rating__usage_by_slice') }}
    )
    on {{ each_meter('@_tokens as "@"') }}
    into name meter value quantity
),

final as (
    select
        organization_id,
        billing_month,
        service_month,
        starts_at,
        terms_from_at,
        usage_key_id,
        meter,
        quantity
    from token_meters
    where quantity <> 0
    union all
    select
        organization_id,
        billing_month,
        service_month,
        starts_at,
        terms_from_at,
        usage_key_id,
        meter,
        quantity
    from {{ ref('int_rating__meters_by_slice') }}
    where quantity <> 0
)

select * from final
