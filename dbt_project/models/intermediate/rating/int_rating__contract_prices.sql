{{ config(materialized='view') }}

with points as (
    select distinct
        organization_id,
        starts_at,
        billed_model_id,
        meter,
        service_tier,
        context_band
    from {{ ref('int_rating__billable') }}
    where billing_month = {{ billing_month() }}
),

contracts as (
    select * from {{ source('catalog', 'contracts') }}
),

contract_prices as (
    select * from {{ source('catalog', 'contract_prices') }}
),

candidates as (
    select
        points.*,
        contract_prices.contract_price_id,
        contract_prices.context_above_tokens,
        contract_prices.currency,
        contract_prices.unit_price,
        rank() over (
            partition by
                points.organization_id, points.starts_at, points.billed_model_id, points.meter,
                points.service_tier, points.context_band
            order by contract_prices.context_above_tokens desc
        ) as preference
    from points
    inner join contracts
        on
            points.organization_id = contracts.organization_id
            and points.starts_at >= contracts.valid_from_at
            and points.starts_at < contracts.valid_to_at
    inner join contract_prices
        on
            contracts.contract_id = contract_prices.contract_id
            and points.billed_model_id = contract_prices.model_id
            and points.meter = contract_prices.meter
            and points.service_tier = contract_prices.service_tier
            and points.starts_at >= contract_prices.valid_from_at
            and points.starts_at < contract_prices.valid_to_at
            and points.context_band >= contract_prices.context_above_tokens
),

final as (
    select
        organization_id,
        starts_at,
        billed_model_id,
        meter,
        service_tier,
        context_band,
        cast(count(*) as integer) as candidates,
        min(contract_price_id) as contract_price_id,
        cast(min(context_above_tokens) as integer) as context_above_tokens,
        min(currency) as currency,
        cast(min(unit_price) as decimal(18, 12)) as unit_price
    from candidates
    where preference = 1
    group by organization_id, starts_at, billed_model_id, meter, service_tier, context_band
)

select * from final
