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
        fee_lines.corrects_month,
        fee_lines.line_kind,
        fee_lines.corrects_month as service_month,
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
        cast(fee_lines.fee_amount as decimal(38, 12)) as exact_net_amount,
        profiles.tax_treatment_id,
        fee_lines.period_first_date,
        fee_lines.period_last_date
    from fee_lines
    inner join profiles on fee_lines.organization_id = profiles.organization_id
),

taxed as (
    select
        all_lines.* exclude (tax_treatment_id),
        cast(
            case
                when all_lines.package_size > 1 then all_lines.package_size
                when {{ is_token_meter('all_lines.meter') }} then 1000000
                else 1
            end as integer
        ) as base_quantity,
        taxes.category as tax_category,
        taxes.tax_rate
    from all_lines
    inner join taxes
        on
            all_lines.tax_treatment_id = taxes.tax_treatment_id
            and all_lines.service_month = taxes.service_month
    union all by name
    select * from {{ ref('int_invoicing__adjustments') }}
),

final as (
    select
        taxed.*,
        minor_units.digits as minor_digits,
        cast(row_number() over (
            partition by {{ document_key('taxed') }}
            order by
                taxed.line_kind desc,
                case when taxed.subscription_id <> '' then taxed.period_first_date end,
                taxed.subscription_id, taxed.service_month, taxed.model_id,
                {{ meter_order('taxed.meter') }}, taxed.meter, taxed.service_tier,
                taxed.context_band, taxed.terms_from_at, taxed.price_id, taxed.contract_price_id,
                case when taxed.allowance_id = '' then 1 else 0 end, taxed.allowance_id,
                taxed.tier_schedule_id, taxed.tier_step, taxed.uplift_id, taxed.adjustment_id,
                taxed.tax_category, taxed.tax_rate
        ) as integer) as line_number
    from taxed
    inner join {{ source('catalog', 'minor_unit') }} as minor_units
        on taxed.currency = minor_units.currency
)

select * from final
