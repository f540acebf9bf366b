-- Billing slices stand in for their attributes until the sums are made: the rollup is large,
-- what it adds up to is small.
with billing_slices as (
    select * from {{ ref('int_rating__billing_slices') }}
),

usage_keys as (
    select
        usage_key_id,
        organization_id
    from {{ ref('dim_usage_key') }}
),

quarter_hours as (
    select * from {{ ref('int_usage__quarter_hours') }}
    where
        quarter_hour >= (select min(billing_slices.starts_at) from billing_slices)
        and quarter_hour < (select max(billing_slices.ends_at) from billing_slices)
),

key_slices as (
    select
        usage_keys.usage_key_id,
        billing_slices.billing_slice_id,
        billing_slices.starts_at,
        billing_slices.ends_at,
        billing_slices.price_state,
        billing_slices.after_sequence,
        billing_slices.up_to_sequence
    from usage_keys
    inner join billing_slices on usage_keys.organization_id = billing_slices.organization_id
),

summed as (
    select
        key_slices.usage_key_id,
        key_slices.billing_slice_id,
        sum(quarter_hours.requests) as requests,
        {{ each_meter('sum(quarter_hours.@_tokens) as @_tokens') }}
    from quarter_hours
    inner join key_slices
        on
            quarter_hours.usage_key_id = key_slices.usage_key_id
            and {{ in_slice('quarter_hours', 'key_slices') }}
    {{ where_price_state_fits('quarter_hours', 'key_slices') }}
    group by key_slices.usage_key_id, key_slices.billing_slice_id
),

final as (
    select
        billing_slices.organization_id,
        billing_slices.billing_month,
        billing_slices.service_month,
        billing_slices.rated_at as starts_at,
        billing_slices.terms_from_at,
        summed.usage_key_id,
        cast(sum(summed.requests) as bigint) as requests,
        {{ each_meter('cast(sum(summed.@_tokens) as bigint) as @_tokens') }}
    from summed
    inner join billing_slices on summed.billing_slice_id = billing_slices.billing_slice_id
    group by
        billing_slices.organization_id,
        billing_slices.billing_month,
        billing_slices.service_month,
        billing_slices.rated_at,
        billing_slices.terms_from_at,
        summed.usage_key_id
)

select * from final
