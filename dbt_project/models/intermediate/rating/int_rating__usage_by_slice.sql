-- Of the slices that are rated as one, the first stands in for their attributes until the sums are
-- made: the rollup is large, what it adds up to is small.
with billing_slices as (
    select
        *,
        min(billing_slice_id) over (
            partition by organization_id, billing_month, service_month, rated_at, terms_from_at
        ) as rated_slice_id
    from {{ ref('int_rating__billing_slices') }}
),

usage_keys as (
    select
        usage_key_id,
        organization_id
    from {{ ref('dim_usage_key') }}
),

-- Before this instant only late files count, so that a month does not ask what earlier ones did.
first_files as (
    select coalesce(min(starts_at), timestamp '9999-12-31') as from_at
    from billing_slices
    where after_sequence = 0
),

quarter_hours as (
    select * from {{ ref('int_usage__quarter_hours') }}
    where
        quarter_hour >= (select first_files.from_at from first_files)
        and quarter_hour < (select max(billing_slices.ends_at) from billing_slices)
),

late_quarter_hours as (
    select * from {{ ref('int_usage__quarter_hours') }}
    where
        quarter_hour >= (select min(billing_slices.starts_at) from billing_slices)
        and quarter_hour < (select first_files.from_at from first_files)
        and ingest_sequence > (
            select min(billing_slices.after_sequence) from billing_slices
            where billing_slices.after_sequence > 0
        )
),

key_slices as (
    {{ slices_of_keys('usage_keys', 'billing_slices') }}
    where billing_slices.ends_at > (select first_files.from_at from first_files)
),

late_key_slices as (
    {{ slices_of_keys('usage_keys', 'billing_slices') }}
    where billing_slices.starts_at < (select first_files.from_at from first_files)
),

placed as (
    {{ placed_in_slices('quarter_hours', 'key_slices') }}
    union all
    {{ placed_in_slices('late_quarter_hours', 'late_key_slices') }}
),

summed as (
    select
        usage_key_id,
        rated_slice_id,
        cast(sum(requests) as bigint) as requests,
        {{ each_meter('cast(sum(@_tokens) as bigint) as @_tokens') }}
    from placed
    group by usage_key_id, rated_slice_id
),

final as (
    select
        billing_slices.organization_id,
        billing_slices.billing_month,
        billing_slices.service_month,
        billing_slices.rated_at as starts_at,
        billing_slices.terms_from_at,
        summed.usage_key_id,
        summed.requests,
        {{ each_meter('summed.@_tokens') }}
    from summed
    inner join billing_slices on summed.rated_slice_id = billing_slices.billing_slice_id
)

select * from final
