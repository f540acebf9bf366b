{{ config(materialized='view') }}

-- What was charged in the month and in the one before it, side by side. Tokens are counted
-- together, every other meter by itself: only what has one unit can shift.
with charges as (
    select
        *,
        case when {{ meter_order('meter') }} < 8 then 'token' else meter end as unit
    from {{ ref('int_rating__charges') }}
    where billing_month in ({{ billing_month() }}, {{ previous_month() }})
),

currencies as (
    select
        organization_id,
        max(case when billing_month = {{ billing_month() }} then currency end) as currency,
        max(case when billing_month = {{ previous_month() }} then currency end)
            as previous_currency
    from charges
    group by organization_id
),

comparisons as (
    select
        organization_id,
        coalesce(currency, previous_currency) as currency,
        case
            when previous_currency is null then 'no_previous_month'
            when previous_currency <> currency then 'other_currency'
            else 'previous_month'
        end as comparison
    from currencies
),

final as (
    select
        charges.organization_id,
        comparisons.comparison,
        comparisons.currency,
        charges.model_id,
        charges.unit,
        charges.meter,
        charges.service_tier,
        cast(charges.context_band as integer) as context_band,
        charges.region,
        {{ in_month('quantity', previous_month(), 'bigint') }} as previous_quantity,
        {{ in_month('quantity', billing_month(), 'bigint') }} as quantity,
        {{ in_month('contracted_amount', previous_month(), 'decimal(38, 12)') }}
            as previous_contracted_amount,
        {{ in_month('contracted_amount', billing_month(), 'decimal(38, 12)') }}
            as contracted_amount,
        {{ in_month('net_amount', previous_month(), 'decimal(38, 12)') }} as previous_net_amount,
        {{ in_month('net_amount', billing_month(), 'decimal(38, 12)') }} as net_amount
    from charges
    inner join comparisons on charges.organization_id = comparisons.organization_id
    where charges.currency = comparisons.currency
    group by
        charges.organization_id,
        comparisons.comparison,
        comparisons.currency,
        charges.model_id,
        charges.unit,
        charges.meter,
        charges.service_tier,
        charges.context_band,
        charges.region
)

select * from final
