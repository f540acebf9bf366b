{{ config(materialized='view') }}

-- The rollup once more, straight from its quarter hours, without anything rating made of it.
with months as (
    select * from {{ ref('int_rating__billing_months') }}
),

usage_keys as (
    select
        usage_key_id,
        organization_id
    from {{ ref('dim_usage_key') }}
),

quarter_hours as (
    select * from {{ ref('int_usage__quarter_hours') }}
    where {{ can_be_billed('months') }}
),

quarter_hour_meters as (
    select * from {{ ref('int_usage__quarter_hour_meters') }}
    where {{ can_be_billed('months') }}
),

key_months as (
    select
        usage_keys.usage_key_id,
        months.*
    from usage_keys
    inner join months on usage_keys.organization_id = months.organization_id
),

token_sums as (
    select
        key_months.organization_id,
        key_months.billing_month,
        cast(sum(quarter_hours.requests) as bigint) as requests,
        {{ each_meter('cast(sum(quarter_hours.@_tokens) as bigint) as "@"') }}
    from quarter_hours
    inner join key_months on {{ in_key_month('quarter_hours') }}
    group by key_months.organization_id, key_months.billing_month
),

token_meters as (
    unpivot token_sums
    on requests, {{ each_meter('"@"') }}
    into name meter value quantity
),

final as (
    select
        organization_id,
        billing_month,
        meter,
        quantity
    from token_meters
    union all
    select
        key_months.organization_id,
        key_months.billing_month,
        quarter_hour_meters.meter,
        cast(sum(quarter_hour_meters.quantity) as bigint) as quantity
    from quarter_hour_meters
    inner join key_months on {{ in_key_month('quarter_hour_meters') }}
    group by
        key_months.organization_id, key_months.billing_month, quarter_hour_meters.meter
)

select * from final
