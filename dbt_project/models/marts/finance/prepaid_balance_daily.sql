{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    pre_hook='{{ clear_month() }}'
) }}

with accounts as (
    select
        movements.organization_id,
        movements.currency,
        profiles.zone,
        cast(movements.amount as decimal(38, 12)) as amount
    from {{ ref('int_prepaid__movements') }} as movements
    inner join {{ source('catalog', 'billing_profiles') }} as profiles
        on movements.organization_id = profiles.organization_id
    where movements.entry_kind = 'opening'
),

days as (
    select cast(unnest(generate_series(
        {{ billing_month() }},
        {{ billing_month() }} + interval '1 month' - interval '1 day',
        interval '1 day'
    )) as date) as balance_date
),

changes as (
    select
        steps.organization_id,
        {{ local_date('steps.quarter_hour', 'accounts.zone') }} as balance_date,
        cast(sum(steps.top_up_amount) as decimal(38, 12)) as top_up_amount,
        cast(sum(steps.consumed_amount) as decimal(38, 12)) as consumed_amount,
        min(steps.balance_amount) as lowest_amount
    from {{ ref('int_prepaid__balance_steps') }} as steps
    inner join accounts on steps.organization_id = accounts.organization_id
    group by all
),

daily as (
    select
        accounts.organization_id,
        days.balance_date,
        accounts.currency,
        accounts.amount as first_amount,
        coalesce(changes.top_up_amount, 0) as top_up_amount,
        coalesce(changes.consumed_amount, 0) as consumed_amount,
        changes.lowest_amount,
        accounts.amount + sum(
            coalesce(changes.top_up_amount, 0) - coalesce(changes.consumed_amount, 0)
        ) over (
            partition by accounts.organization_id
            order by days.balance_date
            rows unbounded preceding
        ) as closing_amount
    from accounts
    cross join days
    left join changes
        on
            accounts.organization_id = changes.organization_id
            and days.balance_date = changes.balance_date
),

final as (
    select
        organization_id,
        {{ billing_month() }} as billing_month,
        balance_date,
        currency,
        cast(lag(closing_amount, 1, first_amount) over (
            partition by organization_id order by balance_date
        ) as decimal(38, 12)) as opening_amount,
        cast(top_up_amount as decimal(38, 12)) as top_up_amount,
        cast(consumed_amount as decimal(38, 12)) as consumed_amount,
        cast(closing_amount as decimal(38, 12)) as closing_amount,
        cast(coalesce(lowest_amount, closing_amount) as decimal(38, 12)) as lowest_amount
    from daily
)

select * from final
