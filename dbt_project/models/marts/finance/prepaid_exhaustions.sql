{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    pre_hook='{{ clear_month() }}'
) }}

-- Quarter hours after which nothing is left, in stretches: numbered by how often the balance came
-- back before.
with steps as (
    select * from {{ ref('int_prepaid__balance_steps') }}
),

marked as (
    select
        *,
        balance_amount <= 0 as is_exhausted,
        coalesce(lag(balance_amount) over account, 1) <= 0 as was_exhausted,
        count(*) filter (where balance_amount > 0) over (
            account rows unbounded preceding
        ) as stretch
    from steps
    window account as (partition by organization_id order by quarter_hour)
),

stretches as (
    select
        organization_id,
        billing_month,
        currency,
        stretch,
        min(quarter_hour) as exhausted_at,
        max(quarter_hour) as last_at,
        min(balance_amount) as lowest_amount
    from marked
    where is_exhausted
    group by all
),

returns as (
    select
        organization_id,
        stretch - 1 as stretch,
        quarter_hour as recovered_at
    from marked
    where not is_exhausted and was_exhausted
),

final as (
    select
        stretches.organization_id,
        stretches.billing_month,
        stretches.exhausted_at,
        returns.recovered_at,
        case
            when hours.after_usage_amount - hours.taken_amount > 0 then 'expiry'
            when hours.after_usage_amount > 0 then 'movement'
            when requests.completed_at is not null then 'request'
            when hours.after_usage_amount + hours.consumed_amount <= 0 then 'opening'
            else 'earlier_month'
        end as exhausted_by,
        requests.completed_at as used_up_at,
        cast(-stretches.lowest_amount as decimal(38, 12)) as overdraft_amount,
        stretches.currency
    from stretches
    inner join {{ ref('int_prepaid__exhausted_hours') }} as hours
        on
            stretches.organization_id = hours.organization_id
            and stretches.exhausted_at = hours.quarter_hour
    left join {{ ref('int_prepaid__exhausting_requests') }} as requests
        on
            hours.organization_id = requests.organization_id
            and hours.quarter_hour = requests.quarter_hour
            and requests.uses_up
    left join returns
        on
            stretches.organization_id = returns.organization_id
            and stretches.stretch = returns.stretch
)

select * from final
