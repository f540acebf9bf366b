{{ config(materialized='view') }}

with usage as (
    select
        *,
        {{ running_sum('quantity', 'allowance_id') }} as used_quantity
    from {{ ref('int_rating__term_usage') }}
    where billing_month = {{ billing_month() }}
),

shared as (
    select
        *,
        cast(
            {{ between('used_quantity', '0', 'allowance_quantity') }}
            - {{ between('used_quantity - quantity', '0', 'allowance_quantity') }} as bigint
        ) as free_quantity
    from usage
),

paid as (
    select
        * exclude (quantity, used_quantity, allowance_quantity),
        quantity - free_quantity as paid_quantity
    from shared
),

final as (
    select
        *,
        cast({{ running_sum('paid_quantity', 'tier_schedule_id') }} as bigint) as paid_so_far,
        cast(sum(paid_quantity) over (term) as bigint) as paid_in_all,
        cast(
            sum(case when is_earlier then paid_quantity else 0 end) over (term) as bigint
        ) as paid_earlier
    from paid
    window term as (partition by {{ usage_window() }}, tier_schedule_id)
)

select * from final
