{{ config(materialized='view') }}

-- The month's usage as rating saw it, by whether and why not it is billed.
with model_usage as (
    select * from {{ ref('int_rating__model_usage') }}
    where billing_month = {{ billing_month() }}
),

meters_by_slice as (
    select * from {{ ref('int_rating__meters_by_slice') }}
    where billing_month = {{ billing_month() }}
),

usage_keys as (
    select * from {{ ref('dim_usage_key') }}
),

token_meters as (
    unpivot model_usage
    on requests, {{ each_meter('@_tokens as "@"') }}
    into name meter value quantity
),

all_meters as (
    select
        organization_id,
        billing_month,
        not_billed_reason,
        meter,
        quantity
    from token_meters
    union all
    select
        meters_by_slice.organization_id,
        meters_by_slice.billing_month,
        usage_keys.not_billed_reason,
        meters_by_slice.meter,
        meters_by_slice.quantity
    from meters_by_slice
    inner join usage_keys on meters_by_slice.usage_key_id = usage_keys.usage_key_id
),

final as (
    select
        organization_id,
        billing_month,
        not_billed_reason,
        meter,
        cast(sum(quantity) as bigint) as quantity
    from all_meters
    group by organization_id, billing_month, not_billed_reason, meter
)

select * from final
