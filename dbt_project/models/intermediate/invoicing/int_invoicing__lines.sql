{{ config(materialized='view') }}

with fee_lines as (
    select * from {{ ref('int_subscriptions__fee_lines') }}
),

profiles as (
    select * from {{ source('catalog', 'billing_profiles') }}
),

taxes as (
    select * from {{ source('catalog', 'tax_rate_of_month') }}
),

minor_units as (
    select * from {{ source('catalog', 'minor_unit') }}
),

all_lines as (
    select
        *,
        'usage' as line_kind,
        '' as plan_id,
        '' as subscription_id
    from {{ ref('int_invoicing__usage_lines') }}
    union all by name
    select
        fee_lines.organization_id,
        fee_lines.billing_month,
        'subscription' as payment_mode,
        fee_lines.line_kind,
        fee_lines.billing_month as service_month,
        fee_lines.model_id,
        fee_lines.service_tier,
        0 as context_band,
        '' as meter,
        '' as price_id,
        '' as contract_id,
        '' as contract_price_id,
        '' as allowance_id,
        '' as tier_schedule_id,
        0 as tier_step,
        '' as uplift_id,
        '' as adjustment_id,
        fee_lines.plan_id,
        fee_lines.subscription_id,
        cast(fee_lines.fee_amount as decimal(28, 12)) as unit_price,
        fee_lines.currency,
        cast(1 as bigint) as quantity,
        cast(1 as bigint) as charged_quantity,
        cast(1 as bigint) as package_size,
        cast(fee_lines.fee_amount as decimal(38, 12)) as exact_amount,
        profiles.tax_treatment_id,
        fee_lines.period_first_date,
        fee_lines.period_last_date
    from fee_lines
    inner join profiles on fee_lines.organization_id = profiles.organization_id
),

final as (
    select
        all_lines.*,
        cast(
            case
                when all_lines.package_size > 1 then all_lines.package_size
                when {{ is_token_meter('all_lines.meter') }} then 1000000
                else 1
            end as integer
        ) as base_quantity,
        taxes.category as tax_category,
        taxes.tax_rate,
        minor_units.digits as minor_digits,
        cast(row_number() over (
            partition by all_lines.organization_id, all_lines.billing_month, all_lines.payment_mode
            order by
                all_lines.line_kind desc, all_lines.subscription_id, all_lines.service_month,
                all_lines.model_id, {{ meter_order('all_lines.meter') }}, all_lines.meter,
                all_lines.service_tier, all_lines.context_band, all_lines.terms_from_at,
                all_lines.price_id, all_lines.contract_price_id,
                case when all_lines.allowance_id = '' then 1 else 0 end, all_lines.allowance_id,
                all_lines.tier_schedule_id, all_lines.tier_step, all_lines.uplift_id,
                all_lines.adjustment_id
        ) as integer) as line_number
    from all_lines
    inner join taxes
        on
            all_lines.tax_treatment_id = taxes.tax_treatment_id
            and all_lines.service_month = taxes.service_month
    inner join minor_units on all_lines.currency = minor_units.currency
)

select * from final
