-- What a part of a period costs: the monthly fee by days, in whole minor units. What is given back
-- is what was charged less what the days that were used cost; what no invoice of ours charged is
-- not given back.
with parts as (
    select
        parts.*,
        minor_units.digits
    from {{ ref('int_subscriptions__fee_parts') }} as parts
    inner join {{ source('catalog', 'minor_unit') }} as minor_units
        on parts.currency = minor_units.currency
),

plans as (
    select * from {{ source('catalog', 'plans') }}
),

items as (
    select * from {{ source('catalog', 'subscription_items') }}
),

fees as (
    select
        parts.*,
        'plan_fee' as line_kind,
        '' as model_id,
        '' as service_tier,
        plans.monthly_fee
    from parts
    inner join plans on parts.plan_id = plans.plan_id
    where parts.kind = 'plan'
    union all by name
    select
        parts.* exclude (plan_id),
        '' as plan_id,
        'item_fee' as line_kind,
        items.model_id,
        items.service_tier,
        items.monthly_fee
    from parts
    inner join items on parts.subscription_id = items.subscription_id
    where parts.kind = 'custom'
),

invoiced as (
    select distinct
        organization_id,
        corrects_month
    from {{ source('books', 'corrected_document') }}
    where billing_month = {{ billing_month() }} and payer = 'subscription'
),

amounts as (
    select
        *,
        cast(
            {{ by_days('monthly_fee', 'charged_days') }}
            - {{ by_days('monthly_fee', 'kept_days') }} as decimal(28, 3)
        ) as fee_amount
    from fees
),

final as (
    select
        organization_id,
        billing_month,
        corrects_month,
        subscription_id,
        line_kind,
        plan_id,
        model_id,
        service_tier,
        period_first_date,
        period_last_date,
        currency,
        fee_amount
    from amounts
    left join invoiced using (organization_id, corrects_month)
    where
        corrects_month = billing_month
        or (fee_amount > 0 and invoiced.corrects_month is not null)
)

select * from final
