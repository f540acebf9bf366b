-- Of the slices that are rated as one, the first stands in for their attributes until the sums are
-- made: the rollup is large, what it adds up to is small.
with slices as (
    select
        *,
        min(model_slice_id) over (
            partition by
                organization_id, billed_model_id, billing_month, service_month, rated_at,
                terms_from_at
        ) as rated_slice_id
    from {{ ref('int_rating__model_slices') }}
),

usage_keys as (
    select
        usage_key_id,
        organization_id,
        billed_model_id
    from {{ ref('dim_usage_key') }}
),

-- Before this instant only late files count, so that a month does not ask what earlier ones did.
first_files as (
    select coalesce(min(starts_at), timestamp '9999-12-31') as from_at
    from slices
    where after_sequence = 0
),

quarter_hours as (
    select * from {{ ref('int_usage__quarter_hours') }}
    where
        quarter_hour >= (select first_files.from_at from first_files)
        and quarter_hour < (select max(slices.ends_at) from slices)
),

late_quarter_hours as (
    select * from {{ ref('int_usage__quarter_hours') }}
    where
        quarter_hour >= (select min(slices.starts_at) from slices)
        and quarter_hour < (select first_files.from_at from first_files)
        and ingest_sequence > (
            select min(slices.after_sequence) from slices
            where slices.after_sequence > 0
        )
),

key_slices as (
    {{ slices_of_keys('usage_keys', 'slices') }}
    where slices.ends_at > (select first_files.from_at from first_files)
),

late_key_slices as (
    {{ slices_of_keys('usage_keys', 'slices') }}
    where slices.starts_at < (select first_files.from_at from first_files)
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
        slices.organization_id,
        slices.billing_month,
        slices.service_month,
        slices.rated_at as starts_at,
        slices.terms_from_at,
        summed.usage_key_id,
        summed.requests,
        {{ each_meter('summed.@_tokens') }}
    from summed
    inner join slices on summed.rated_slice_id = slices.model_slice_id
)

select * from final
