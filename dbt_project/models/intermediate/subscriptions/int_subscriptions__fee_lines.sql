-- A period that starts on the 31st starts on the last day of a shorter month, counted from the
-- first start: anniversaries do not drift.
with subscriptions as (
    select * from {{ source('catalog', 'subscriptions') }}
),

plans as (
    select * from {{ source('catalog', 'plans') }}
),

items as (
    select * from {{ source('catalog', 'subscription_items') }}
),

periods as (
    select
        *,
        {{ billing_month() }} as billing_month,
        date_diff('month', starts_date, {{ billing_month() }}) as months_passed
    from subscriptions
    where date_trunc('month', starts_date) <= {{ billing_month() }}
),

started as (
    select
        subscription_id,
        organization_id,
        kind,
        plan_id,
        currency,
        billing_month,
        cast(starts_date + to_months(cast(months_passed as integer)) as date) as period_first_date,
        cast(
            least(
                cast(starts_date + to_months(cast(months_passed as integer) + 1) as date), ends_date
            ) - 1 as date
        ) as period_last_date
    from periods
    where cast(starts_date + to_months(cast(months_passed as integer)) as date) < ends_date
),

final as (
    select
        started.organization_id,
        started.billing_month,
        started.subscription_id,
        'plan_fee' as line_kind,
        started.plan_id,
        '' as model_id,
        '' as service_tier,
        started.period_first_date,
        started.period_last_date,
        started.currency,
        plans.monthly_fee as fee_amount
    from started
    inner join plans on started.plan_id = plans.plan_id
    where started.kind = 'plan'
    union all
    select
        started.organization_id,
        started.billing_month,
        started.subscription_id,
        'item_fee' as line_kind,
        '' as plan_id,
        items.model_id,
        items.service_tier,
        started.period_first_date,
        started.period_last_date,
        started.currency,
        items.monthly_fee as fee_amount
    from started
    inner join items on started.subscription_id = items.subscription_id
    where started.kind = 'custom'
)

select * from final
