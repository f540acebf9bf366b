-- Each day begins where the one before ended, the first where the books left off, and the last ends
-- where all that people did, deductions and ends of lots lead.
with daily as (
    select
        *,
        lag(closing_amount) over (
            partition by organization_id order by balance_date
        ) as before_amount,
        balance_date = max(balance_date) over (partition by organization_id) as is_last
    from {{ ref('prepaid_balance_daily') }}
    where billing_month = {{ billing_month() }}
),

entries as (
    select
        organization_id,
        cast(
            sum(case when entry_kind = 'opening' then amount else 0 end) as decimal(38, 12)
        ) as opening_amount,
        cast(
            sum(
                case
                    when
                        entry_kind in (
                            'opening', 'consumption', 'credit_note', 'expiry', 'closing'
                        )
                        then 0
                    else amount
                end
            ) as decimal(38, 12)
        ) as moved_amount
    from {{ ref('fct_prepaid_entries') }}
    where billing_month = {{ billing_month() }}
    group by organization_id
),

deducted as (
    select
        organization_id,
        sum(amount) as amount
    from {{ ref('fct_prepaid_deductions') }}
    where billing_month = {{ billing_month() }}
    group by organization_id
),

expired as (
    select
        organization_id,
        sum(exact_expired_amount) as amount
    from {{ ref('int_prepaid__rounded_lots') }}
    group by organization_id
)

select
    daily.organization_id,
    daily.balance_date,
    daily.opening_amount,
    daily.closing_amount
from daily
inner join entries on daily.organization_id = entries.organization_id
left join deducted on daily.organization_id = deducted.organization_id
left join expired on daily.organization_id = expired.organization_id
where
    daily.opening_amount <> coalesce(daily.before_amount, entries.opening_amount)
    or (
        daily.is_last
        and daily.closing_amount
        <> entries.opening_amount + entries.moved_amount - coalesce(deducted.amount, 0)
        - coalesce(expired.amount, 0)
    )
