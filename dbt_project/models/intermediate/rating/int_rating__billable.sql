-- Projects are billed, keys are not: most rows fall together here, before any price is looked up.
with usage_by_slice as (
    select * from {{ ref('int_rating__usage_by_slice') }}
    where billing_month = {{ billing_month() }}
),

meters_by_slice as (
    select * from {{ ref('int_rating__meters_by_slice') }}
    where billing_month = {{ billing_month() }}
),

billed_keys as (
    select * from {{ ref('dim_usage_key') }}
    where not_billed_reason = ''
),

token_usage as (
    select
        {{ billable_grain('usage_by_slice', 'billed_keys') }},
        {{ each_meter('cast(sum(usage_by_slice.@_tokens) as bigint) as "@"') }}
    from usage_by_slice
    inner join billed_keys on usage_by_slice.usage_key_id = billed_keys.usage_key_id
    group by {{ billable_grain('usage_by_slice', 'billed_keys') }}
),

token_meters as (
    unpivot token_usage
    on {{ each_meter('"@"') }}
    into name meter value quantity
),

other_meters as (
    select
        {{ billable_grain('meters_by_slice', 'billed_keys') }},
        meters_by_slice.meter,
        cast(sum(meters_by_slice.quantity) as bigint) as quantity
    from meters_by_slice
    inner join billed_keys on meters_by_slice.usage_key_id = billed_keys.usage_key_id
    group by {{ billable_grain('meters_by_slice', 'billed_keys') }}, meters_by_slice.meter
),

-- The logs may count some requests of a project, and others not.
other_quantities as (
    select * replace (cast(sum(quantity) as bigint) as quantity)
    from (
        select * from other_meters
        union all by name
        select * from {{ ref('int_rating__charged_requests') }}
    )
    group by all
),

final as (
    select * from token_meters
    where quantity <> 0
    union all by name
    select * from other_quantities
    where quantity <> 0
)

select * from final
