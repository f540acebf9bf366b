{{ config(materialized='view') }}

-- Fees, and what was used beyond what a plan includes: such a line has the service month, and with
-- it the tax, of the month in which its period ended.
with fees as (
    select
        organization_id,
        billing_month,
        corrects_month,
        corrects_month as service_month,
        line_kind,
        subscription_id,
        plan_id,
        model_id,
        service_tier,
        '' as meter,
        period_first_date,
        period_last_date,
        currency,
        cast(1 as bigint) as quantity,
        cast(fee_amount as decimal(28, 12)) as unit_price,
        cast(fee_amount as decimal(38, 12)) as exact_amount
    from {{ ref('int_subscriptions__fee_lines') }}
),

overages as (
    select
        organization_id,
        billing_month,
        corrects_month,
        service_month,
        'plan_overage' as line_kind,
        subscription_id,
        plan_id,
        model_id,
        '' as service_tier,
        {{ meter_of_overage('counted') }} as meter,
        period_first_date,
        period_last_date,
        currency,
        quantity,
        cast(unit_price as decimal(28, 12)) as unit_price,
        amount as exact_amount
    from {{ ref('int_subscriptions__overages') }}
    where billing_month = {{ billing_month() }}
),

lines as (
    select * from fees
    union all
    select * from overages
),

profiles as (
    select * from {{ source('catalog', 'billing_profiles') }}
),

final as (
    select
        lines.organization_id,
        lines.billing_month,
        'subscription' as payment_mode,
        lines.corrects_month,
        lines.line_kind,
        lines.service_month,
        lines.model_id,
        lines.service_tier,
        0 as context_band,
        lines.meter,
        '' as price_id,
        '' as contract_id,
        '' as contract_price_id,
        '' as allowance_id,
        '' as tier_schedule_id,
        0 as tier_step,
        '' as uplift_id,
        '' as adjustment_id,
        lines.plan_id,
        lines.subscription_id,
        lines.unit_price,
        lines.currency,
        lines.quantity,
        lines.quantity as charged_quantity,
        cast(1 as bigint) as package_size,
        lines.exact_amount,
        lines.exact_amount as exact_net_amount,
        profiles.tax_treatment_id,
        lines.period_first_date,
        lines.period_last_date
    from lines
    inner join profiles on lines.organization_id = profiles.organization_id
)

select * from final
