{{ config(materialized='table') }}
{%- set tax_rate = 'cast(coalesce(taxes.tax_rate, 0) as decimal(9, 6))' %}

-- Where usage is taxed, a charge and its price have the tax of its service month; each charge is
-- rounded once. It is even where it comes to its quantity times its unit price: nothing was
-- discounted, free or in another tier, and the price with its tax needs no rounding.
with taxes as (
    select
        profiles.organization_id,
        rates.service_month,
        rates.tax_rate
    from {{ source('catalog', 'billing_profiles') }} as profiles
    inner join {{ source('catalog', 'tax_rate_of_month') }} as rates
        on profiles.tax_treatment_id = rates.tax_treatment_id
    where {{ is_taxed_as_used('profiles') }}
),

charges as (
    select
        {{ deducted_charge('charges') | replace("billed_model_id", "model_id as billed_model_id")
            | replace("price_context_band", "context_band as price_context_band") }},
        cast(sum(
            {{ with_tax('charges.net_amount', tax_rate) }}
        ) as decimal(38, 12)) as amount,
        cast(sum(charges.quantity) as bigint) as quantity,
        max(charges.unit_price) as unit_price,
        min(charges.unit_price) = max(charges.unit_price) as has_one_price,
        {{ tax_rate }} as tax_rate
    from {{ ref('int_rating__charges') }} as charges
    left join taxes
        on
            charges.organization_id = taxes.organization_id
            and charges.service_month = taxes.service_month
    where charges.billing_month = {{ billing_month() }} and charges.payer = 'balance'
    group by all
),

priced as (
    select
        *,
        {{ with_tax('least(unit_price, 999999)', 'tax_rate') }} as taxed_price
    from charges
),

judged as (
    select
        *,
        has_one_price
        and unit_price < 1000000
        and taxed_price < 1000000
        and taxed_price = unit_price * (1 + tax_rate)
        and amount = quantity * cast(least(taxed_price, 999999) as decimal(18, 12)) as is_even
    from priced
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
        judged.amount,
        cast(case when judged.is_even then judged.taxed_price end as decimal(18, 12)) as unit_price
    from judged
    left join cells using ({{ deducted_charge() }})
)

select * from final
