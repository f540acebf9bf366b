{{ config(materialized='view') }}

-- Within a quarter hour credits come first.
with opening as (
    select
        organization_id,
        amount,
        currency,
        entry_at
    from {{ ref('int_prepaid__movements') }}
    where entry_kind = 'opening'
),

changes as (
    select
        organization_id,
        time_bucket(interval '15 minutes', entry_at) as quarter_hour,
        cast(amount as decimal(38, 12)) as top_up_amount,
        cast(0 as decimal(38, 12)) as consumed_amount
    from {{ ref('int_prepaid__movements') }}
    where entry_kind = 'top_up'
    union all
    select
        organization_id,
        quarter_hour,
        cast(0 as decimal(38, 12)) as top_up_amount,
        amount as consumed_amount
    from {{ ref('int_prepaid__deductions') }}
),

steps as (
    select
        organization_id,
        quarter_hour,
        cast(sum(top_up_amount) as decimal(38, 12)) as top_up_amount,
        cast(sum(consumed_amount) as decimal(38, 12)) as consumed_amount
    from changes
    group by organization_id, quarter_hour
),

final as (
    select
        steps.organization_id,
        {{ billing_month() }} as billing_month,
        steps.quarter_hour,
        opening.currency,
        steps.top_up_amount,
        steps.consumed_amount,
        cast(
            cast(opening.amount as decimal(38, 12))
            + sum(steps.top_up_amount - steps.consumed_amount) over (
                partition by steps.organization_id
                order by steps.quarter_hour
                rows unbounded preceding
            ) as decimal(38, 12)
        ) as balance_amount
    from steps
    inner join opening on steps.organization_id = opening.organization_id
)

select * from final
