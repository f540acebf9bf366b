{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    pre_hook='{{ clear_month() }}'
) }}

with accounts as (
    select * from {{ ref('int_prepaid__accounts') }}
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
        {{ changes_of('steps', 'cast(sum(@) as decimal(38, 12))') }},
        cast(sum({{ balance_change('steps') }}) as decimal(38, 12)) as change_amount,
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
        cast(accounts.opening_amount as decimal(38, 12)) as first_amount,
        {{ changes_of('changes', 'cast(coalesce(@, 0) as decimal(38, 12))') }},
        changes.lowest_amount,
        cast(accounts.opening_amount as decimal(38, 12))
        + sum(coalesce(changes.change_amount, 0)) over (
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
        {{ changes_of('daily', '@') }},
        cast(closing_amount as decimal(38, 12)) as closing_amount,
        cast(coalesce(lowest_amount, closing_amount) as decimal(38, 12)) as lowest_amount
    from daily
)

select * from final
