{{ config(materialized='view') }}

-- The rounded lines, and what a minimum spend still asks for: decided when all else is known. Both
-- are tables that keep their months; the lines need no second copy.
with lines as (
    select * from {{ ref('int_invoicing__rounded_lines') }}
),

true_ups as (
    select
        *,
        'true_up' as line_kind,
        billing_month as service_month,
        cast(null as timestamp) as terms_from_at,
        '' as model_id,
        '' as meter,
        '' as service_tier,
        0 as context_band,
        '' as price_id,
        '' as contract_price_id,
        '' as allowance_id,
        '' as tier_schedule_id,
        0 as tier_step,
        '' as uplift_id,
        '' as adjustment_id,
        '' as plan_id,
        '' as subscription_id,
        cast(1 as bigint) as quantity,
        cast(1 as bigint) as charged_quantity,
        cast(1 as bigint) as package_size,
        cast(line_amount as decimal(28, 12)) as unit_price,
        1 as base_quantity,
        cast(line_amount as decimal(38, 12)) as exact_amount,
        cast(line_amount as decimal(38, 12)) as exact_net_amount
    from {{ ref('int_invoicing__true_ups') }}
),

all_lines as (
    select * from lines
    union all by name
    select * from true_ups
),

final as (
    select
        {{ line_columns() }},
        line_amount,
        tax_category,
        tax_rate,
        currency
    from all_lines
)

select * from final
