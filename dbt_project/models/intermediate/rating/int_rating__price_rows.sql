{{ config(materialized='view') }}

with billable as (
    select * from {{ ref('int_rating__billable') }}
    where billing_month = {{ billing_month() }}
),

terms as (
    select * from {{ ref('int_rating__terms') }}
),

list_prices as (
    select * from {{ ref('int_rating__list_prices') }}
),

contract_prices as (
    select * from {{ ref('int_rating__contract_prices') }}
),

uplifts as (
    select * from {{ ref('int_rating__uplifts') }}
),

adjustments as (
    select * from {{ ref('int_rating__adjustments') }}
),

final as (
    select
        billable.*,
        terms.contract_id,
        terms.exchange_source,
        terms.currency,
        terms.exchange_date,
        terms.max_age_days,
        terms.price_digits,
        coalesce(list_prices.candidates, 0) as list_candidates,
        coalesce(contract_prices.candidates, 0) as contract_candidates,
        coalesce(list_prices.price_id, '') as price_id,
        coalesce(contract_prices.contract_price_id, '') as contract_price_id,
        coalesce(
            list_prices.context_above_tokens, contract_prices.context_above_tokens
        ) as price_context_band,
        coalesce(list_prices.currency, contract_prices.currency) as price_currency,
        coalesce(list_prices.unit_price, contract_prices.unit_price) as list_unit_price,
        coalesce(contract_prices.currency, list_prices.currency) as agreed_currency,
        coalesce(contract_prices.unit_price, list_prices.unit_price) as agreed_unit_price,
        coalesce(uplifts.uplift_id, '') as uplift_id,
        cast(coalesce(uplifts.uplift_pct, 0) as decimal(9, 6)) as uplift_pct,
        -- What was agreed as a price is neither raised nor lowered.
        cast(case
            when contract_prices.unit_price is null then coalesce(uplifts.uplift_pct, 0) else 0
        end as decimal(9, 6)) as agreed_uplift_pct,
        coalesce(adjustments.adjustment_id, '') as adjustment_id,
        cast(coalesce(adjustments.off_pct, 0) as decimal(9, 6)) as off_pct
    from billable
    inner join terms
        on
            billable.organization_id = terms.organization_id
            and billable.starts_at = terms.starts_at
    left join list_prices
        on
            billable.starts_at = list_prices.starts_at
            and billable.billed_model_id = list_prices.billed_model_id
            and billable.meter = list_prices.meter
            and billable.service_tier = list_prices.service_tier
            and billable.region = list_prices.region
            and billable.context_band = list_prices.context_band
    left join contract_prices
        on
            billable.organization_id = contract_prices.organization_id
            and billable.starts_at = contract_prices.starts_at
            and billable.billed_model_id = contract_prices.billed_model_id
            and billable.meter = contract_prices.meter
            and billable.service_tier = contract_prices.service_tier
            and billable.context_band = contract_prices.context_band
    left join uplifts
        on
            billable.starts_at = uplifts.starts_at
            and billable.billed_model_id = uplifts.billed_model_id
            and billable.region = uplifts.region
            and list_prices.price_region = ''
    left join adjustments
        on
            billable.organization_id = adjustments.organization_id
            and billable.starts_at = adjustments.starts_at
            and billable.billed_model_id = adjustments.billed_model_id
            and contract_prices.unit_price is null
)

select * from final
