{{ config(materialized='view') }}

with taxes as (
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
    select * from {{ ref('int_invoicing__subscription_lines') }}
),

taxed as (
    select
        all_lines.* exclude (tax_treatment_id),
        cast(
            case
                when all_lines.package_size > 1 then all_lines.package_size
                when all_lines.meter = 'token' or {{ is_token_meter('all_lines.meter') }}
                    then 1000000
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
