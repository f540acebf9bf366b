{{ config(materialized='table') }}

-- A charge is even where it comes to its quantity times its unit price: nothing was discounted,
-- free or in another tier.
with charges as (
    select
        {{ deducted_charge() | replace("billed_model_id", "model_id as billed_model_id")
            | replace("price_context_band", "context_band as price_context_band") }},
        cast(sum(net_amount) as decimal(38, 12)) as net_amount,
        cast(sum(quantity) as bigint) as quantity,
        max(unit_price) as unit_price,
        min(unit_price) = max(unit_price) as has_one_price
    from {{ ref('int_rating__charges') }}
    where billing_month = {{ billing_month() }} and payer = 'balance'
    group by all
),

judged as (
    select
        *,
        has_one_price
        and unit_price < 1000000
        and net_amount = quantity * cast(least(unit_price, 999999) as decimal(18, 12)) as is_even
    from charges
),

cells as (
    select distinct
        {{ share_grain() }},
        price_context_band,
        price_id,
        contract_id,
        contract_price_id,
        uplift_id
    from {{ ref('int_rating__priced') }}
    where billing_month = {{ billing_month() }} and payer = 'balance'
),

final as (
    select
        {{ deducted_charge('judged') }},
        cells.starts_at,
        cells.context_band,
        judged.net_amount,
        cast(case when judged.is_even then judged.unit_price end as decimal(18, 12)) as unit_price
    from judged
    left join cells using ({{ deducted_charge() }})
)

select * from final
