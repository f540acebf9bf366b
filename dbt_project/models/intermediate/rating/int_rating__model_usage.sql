-- Requests and meters of the month by project and model, billed or not.
with usage_keys as (
    select * from {{ ref('dim_usage_key') }}
),

usage_by_slice as (
    select * from {{ ref('int_rating__usage_by_slice') }}
    where billing_month = {{ billing_month() }}
),

meters_by_slice as (
    select
        organization_id,
        billing_month,
        service_month,
        starts_at,
        terms_from_at,
        usage_key_id,
        sum(quantity) as other_units
    from {{ ref('int_rating__meters_by_slice') }}
    where billing_month = {{ billing_month() }}
    group by
        organization_id, billing_month, service_month, starts_at, terms_from_at, usage_key_id
),

final as (
    select
        usage_by_slice.organization_id,
        usage_by_slice.billing_month,
        usage_keys.project_id,
        usage_keys.billed_model_id as model_id,
        usage_keys.payer,
        usage_keys.not_billed_reason,
        cast(sum(usage_by_slice.requests) as bigint) as requests,
        {{ each_meter('cast(sum(usage_by_slice.@_tokens) as bigint) as @_tokens') }},
        cast(coalesce(sum(meters_by_slice.other_units), 0) as bigint) as other_units
    from usage_by_slice
    inner join usage_keys on usage_by_slice.usage_key_id = usage_keys.usage_key_id
    left join meters_by_slice
        on
            usage_by_slice.usage_key_id = meters_by_slice.usage_key_id
            and usage_by_slice.billing_month = meters_by_slice.billing_month
            and usage_by_slice.service_month = meters_by_slice.service_month
            and usage_by_slice.starts_at = meters_by_slice.starts_at
    group by
        usage_by_slice.organization_id,
        usage_by_slice.billing_month,
        usage_keys.project_id,
        usage_keys.billed_model_id,
        usage_keys.payer,
        usage_keys.not_billed_reason
)

select * from final
