{{ config(materialized='view') }}

-- Within a quarter hour credits come first, and what expires last: it is lowest after it.
with accounts as (
    select * from {{ ref('int_prepaid__accounts') }}
),

changes as (
    select
        organization_id,
        {{ quarter_hour('entry_at') }} as quarter_hour,
        entry_kind,
        cast(amount as decimal(38, 12)) as amount
    from {{ ref('int_prepaid__movements') }}
    where entry_kind not in ('opening', 'consumption', 'credit_note')
    union all
    select
        organization_id,
        quarter_hour,
        'consumption' as entry_kind,
        cast(-amount as decimal(38, 12)) as amount
    from {{ ref('int_prepaid__deductions') }}
    union all
    select
        lots.organization_id,
        greatest(lots.gone_at - interval '15 minutes', accounts.starts_at) as quarter_hour,
        'expiry' as entry_kind,
        cast(-lots.exact_expired_amount as decimal(38, 12)) as amount
    from {{ ref('int_prepaid__rounded_lots') }} as lots
    inner join accounts on lots.organization_id = accounts.organization_id
    where lots.exact_expired_amount <> 0
),

steps as (
    select
        organization_id,
        quarter_hour,
        {{ balance_changes() }},
        cast(sum(amount) as decimal(38, 12)) as change_amount
    from changes
    group by organization_id, quarter_hour
),

final as (
    select
        steps.* exclude (change_amount),
        {{ billing_month() }} as billing_month,
        accounts.currency,
        cast(
            cast(accounts.opening_amount as decimal(38, 12))
            + sum(steps.change_amount) over (
                partition by steps.organization_id
                order by steps.quarter_hour
                rows unbounded preceding
            ) as decimal(38, 12)
        ) as balance_amount
    from steps
    inner join accounts on steps.organization_id = accounts.organization_id
)

select * from final
