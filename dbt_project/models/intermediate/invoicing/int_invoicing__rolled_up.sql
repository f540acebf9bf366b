-- The rollup once more, straight from its quarter hours, without anything rating made of it.
{{ config(materialized='view') }}

with months as (

    select
        windows.organization_id,
        windows.billing_month,
        windows.after_sequence,
        windows.up_to_sequence,
        min(slices.starts_at) as starts_at,
        max(slices.ends_at) as ends_at
    from {{ ref('int_rating__windows') }} as windows
    inner join {{ source('catalog', 'rating_slice') }} as slices
        on
            windows.organization_id = slices.organization_id
            and windows.service_month = slices.service_month
    group by
        windows.organization_id, windows.billing_month, windows.service_month,
        windows.after_sequence, windows.up_to_sequence

),

key_months as (

    select
        usage_keys.usage_key_id,
        months.*
    from {{ ref('dim_usage_key') }} as usage_keys
    inner join months on usage_keys.organization_id = months.organization_id

),

quarter_hours as (

    select
        key_months.organization_id,
        key_months.billing_month,
        cast(sum(quarter_hours.requests) as bigint) as requests,
        {{ each_meter('cast(sum(quarter_hours.@_tokens) as bigint) as "@"') }}
    from {{ ref('int_usage__quarter_hours') }} as quarter_hours
    inner join key_months on {{ in_key_month('quarter_hours') }}
    group by key_months.organization_id, key_months.billing_month

),

final as (

    select organization_id, billing_month, meter, quantity
    from (
        unpivot quarter_hours on requests, {{ each_meter('"@"') }}
        into name meter value quantity
    )
    union all
    select
        key_months.organization_id,
        key_months.billing_month,
        meters.meter,
        cast(sum(meters.quantity) as bigint) as quantity
    from {{ ref('int_usage__quarter_hour_meters') }} as meters
    inner join key_months on {{ in_key_month('meters') }}
    group by key_months.organization_id, key_months.billing_month, meters.meter

)

select * from final
