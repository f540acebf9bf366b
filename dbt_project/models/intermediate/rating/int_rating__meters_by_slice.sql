with slices as (
    select * from {{ ref('int_rating__model_slices') }}
),

usage_keys as (
    select
        usage_key_id,
        organization_id,
        billed_model_id
    from {{ ref('dim_usage_key') }}
),

quarter_hour_meters as (
    {{ usage_of_slices(ref('int_usage__quarter_hour_meters'), 'slices') }}
),

final as (
    select
        slices.organization_id,
        slices.billing_month,
        slices.service_month,
        slices.rated_at as starts_at,
        slices.terms_from_at,
        quarter_hour_meters.usage_key_id,
        quarter_hour_meters.meter,
        cast(sum(quarter_hour_meters.requests) as bigint) as requests,
        cast(sum(quarter_hour_meters.quantity) as bigint) as quantity
    from quarter_hour_meters
    inner join usage_keys on quarter_hour_meters.usage_key_id = usage_keys.usage_key_id
    inner join slices
        on
            usage_keys.organization_id = slices.organization_id
            and usage_keys.billed_model_id = slices.billed_model_id
            and {{ in_slice('quarter_hour_meters', 'slices') }}
    {{ where_price_state_fits('quarter_hour_meters', 'slices') }}
    group by
        slices.organization_id,
        slices.billing_month,
        slices.service_month,
        slices.rated_at,
        slices.terms_from_at,
        quarter_hour_meters.usage_key_id,
        quarter_hour_meters.meter
)

select * from final
