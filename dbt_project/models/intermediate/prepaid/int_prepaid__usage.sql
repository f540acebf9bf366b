{{ config(materialized='table') }}

-- Billable usage of balances by key and quarter hour, with the slice whose price it has.
with balance_keys as (
    select * from {{ ref('dim_usage_key') }}
    where payer = 'balance' and not_billed_reason = ''
),

billing_slices as (
    select * from {{ ref('int_rating__billing_slices') }}
    where organization_id in (select balance_keys.organization_id from balance_keys)
),

quarter_hours as (
    select * from {{ ref('int_usage__quarter_hours') }}
    where usage_key_id in (select balance_keys.usage_key_id from balance_keys)
),

quarter_hour_meters as (
    select * from {{ ref('int_usage__quarter_hour_meters') }}
    where usage_key_id in (select balance_keys.usage_key_id from balance_keys)
),

{{ request_prices() }},

placed as (
    select
        {{ deducted_grain('quarter_hours', 'billing_slices', 'balance_keys') }},
        quarter_hours.requests - coalesce(counted.requests, 0) as requests,
        {{ each_meter('quarter_hours.@_tokens') }}
    from quarter_hours
    inner join balance_keys on quarter_hours.usage_key_id = balance_keys.usage_key_id
    inner join billing_slices
        on
            balance_keys.organization_id = billing_slices.organization_id
            and {{ in_slice('quarter_hours', 'billing_slices') }}
    left join quarter_hour_meters as counted
        on
            quarter_hours.usage_key_id = counted.usage_key_id
            and quarter_hours.quarter_hour = counted.quarter_hour
            and quarter_hours.ingest_sequence = counted.ingest_sequence
            and counted.meter = 'request'
    {{ where_price_state_fits('quarter_hours', 'billing_slices') }}
),

tokens as (
    unpivot (select * exclude (requests) from placed)
    on {{ each_meter('@_tokens as "@"') }}
    into name meter value quantity
),

others as (
    select
        {{ deducted_grain('quarter_hour_meters', 'billing_slices', 'balance_keys') }},
        quarter_hour_meters.meter,
        quarter_hour_meters.quantity
    from quarter_hour_meters
    inner join balance_keys on quarter_hour_meters.usage_key_id = balance_keys.usage_key_id
    inner join billing_slices
        on
            balance_keys.organization_id = billing_slices.organization_id
            and {{ in_slice('quarter_hour_meters', 'billing_slices') }}
    {{ where_price_state_fits('quarter_hour_meters', 'billing_slices') }}
),

requests as (
    select
        placed.* exclude (requests, {{ each_meter('@_tokens') }}),
        'request' as meter,
        placed.requests as quantity
    from placed
    where {{ requests_have_a_price('placed') }}
),

usage as (
    select * from tokens
    union all by name
    select * from others
    union all by name
    select * from requests
),

final as (
    select
        * exclude (quantity),
        cast(sum(quantity) as bigint) as quantity
    from usage
    group by all
    having sum(quantity) <> 0
)

select * from final
