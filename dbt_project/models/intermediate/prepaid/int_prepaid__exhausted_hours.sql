{{ config(materialized='table') }}

-- Within a quarter hour credits come first, then usage, then what people took, then what expires.
with steps as (
    select
        *,
        balance_amount <= 0
        and coalesce(lag(balance_amount) over account, 1) > 0 as uses_up
    from {{ ref('int_prepaid__balance_steps') }}
    window account as (partition by organization_id order by quarter_hour)
),

taken as (
    select
        organization_id,
        {{ quarter_hour('entry_at') }} as quarter_hour,
        cast(-sum(amount) as decimal(38, 12)) as amount
    from {{ ref('int_prepaid__movements') }}
    where place = 4 and amount < 0
    group by all
),

final as (
    select
        steps.organization_id,
        steps.quarter_hour,
        cast(steps.consumed_amount as decimal(38, 12)) as consumed_amount,
        cast(coalesce(taken.amount, 0) as decimal(38, 12)) as taken_amount,
        cast(
            steps.balance_amount + steps.expired_amount + coalesce(taken.amount, 0)
            as decimal(38, 12)
        ) as after_usage_amount
    from steps
    left join taken
        on
            steps.organization_id = taken.organization_id
            and steps.quarter_hour = taken.quarter_hour
    where steps.uses_up
)

select * from final
