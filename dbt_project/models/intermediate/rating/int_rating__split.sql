{{ config(materialized='view') }}

-- Priced usage in the shares that allowances and tiers make of it. A free share costs 0 and a
-- tiered one its step's price; all other usage is one share, as it was priced.
with priced as (
    select * exclude (list_candidates, contract_candidates)
    from {{ ref('int_rating__priced') }}
    where billing_month = {{ billing_month() }}
),

shares as (
    select * exclude (is_rerated) from {{ ref('int_rating__shares') }}
    where billing_month = {{ billing_month() }} and not is_rerated
),

rerated as (
    select * exclude (is_rerated) from {{ ref('int_rating__shares') }}
    where billing_month = {{ billing_month() }} and is_rerated
),

split as (
    select
        priced.* exclude (quantity),
        coalesce(shares.quantity, priced.quantity) as quantity,
        coalesce(shares.charged_quantity, priced.quantity) as charged_quantity,
        coalesce(shares.allowance_id, '') as allowance_id,
        coalesce(shares.tier_schedule_id, '') as tier_schedule_id,
        coalesce(shares.tier_step, 0) as tier_step
    from priced
    left join shares using ({{ share_grain() }})
    union all by name
    select
        rerated.*,
        terms.* exclude (organization_id, starts_at),
        '' as price_id,
        '' as contract_price_id,
        0 as price_context_band,
        cast(0 as decimal(18, 12)) as list_unit_price,
        '' as uplift_id,
        '' as adjustment_id,
        cast(0 as decimal(9, 6)) as uplift_pct,
        '' as problem
    from rerated
    inner join {{ ref('int_rating__terms') }} as terms using (organization_id, starts_at)
),

found as (
    select
        split.*,
        tiers.currency as tier_currency,
        tiers.unit_price as tier_price,
        coalesce(tiers.package_size, 1) as package_size,
        rates.exchange_rate as tier_exchange_rate,
        rates.exchange_rate_date as tier_rate_date,
        tiers.currency is not null and rates.exchange_rate is null as has_no_rate
    from split
    left join {{ ref('int_rating__tier_steps') }} as tiers
        on split.tier_schedule_id = tiers.tier_schedule_id and split.tier_step = tiers.tier_step
    left join {{ ref('int_rating__rates') }} as rates
        on
            split.exchange_source = rates.exchange_source
            and tiers.currency = rates.price_currency
            and split.currency = rates.currency
            and {{ is_rate_of('rates', 'split') }}
),

final as (
    select
        * exclude (tier_currency, tier_price, tier_exchange_rate, tier_rate_date, has_no_rate)
        replace (
            case when has_no_rate then tier_currency else coalesce(price_currency, tier_currency)
            end as price_currency,
            coalesce(exchange_rate, tier_exchange_rate) as exchange_rate,
            case
                when price_id = '' and contract_price_id = '' then tier_rate_date
                else exchange_rate_date
            end as exchange_rate_date,
            coalesce(tier_currency, agreed_currency) as agreed_currency,
            cast(
                case
                    when allowance_id <> '' then 0
                    else coalesce(tier_price, agreed_unit_price)
                end as decimal(18, 12)
            ) as agreed_unit_price,
            case when tier_currency is null then agreed_exchange_rate else tier_exchange_rate end
                as agreed_exchange_rate,
            case when {{ has_share() }} then '' else adjustment_id end as adjustment_id,
            {{ unless_shared('agreed_uplift_pct') }},
            {{ unless_shared('off_pct') }},
            case when problem = '' and has_no_rate then 'no_exchange_rate' else problem end
                as problem
        )
    from found
)

select * from final
