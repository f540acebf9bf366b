-- The unit price is raised, lowered, converted and then rounded once; what it is charged for,
-- single units or whole packages, times it is exact at 12 decimals. Percent discounts are taken
-- of what the one before left.
with summed as (
    select
        {{ charge_grain() | replace("billed_model_id", "billed_model_id as model_id")
            | replace("price_context_band", "price_context_band as context_band") }},
        corrects_month,
        price_currency,
        cast(list_unit_price as decimal(18, 12)) as list_unit_price,
        agreed_currency,
        agreed_unit_price,
        agreed_exchange_rate,
        uplift_pct,
        agreed_uplift_pct,
        off_pct,
        exchange_rate,
        exchange_rate_date,
        exchange_source,
        price_digits,
        currency,
        package_size,
        cast(sum(quantity) as bigint) as quantity,
        cast(sum(charged_quantity) as bigint) as charged_quantity
    from {{ ref('int_rating__given_back') }}
    group by all
    -- What a newer version took back and gave again, in whatever context band, is no charge.
    having sum(quantity) <> 0 or sum(charged_quantity) <> 0
),

priced as (
    select
        *,
        {{ unit_price(
            'list_unit_price', 'exchange_rate', 'uplift_pct',
            digits=price_digits('price_currency')
        ) }} as list_price,
        case
            when tier_schedule_id <> '' then {{ rounded_price(
                'agreed_unit_price * agreed_exchange_rate', price_digits('agreed_currency'),
                'decimal(28, 12)'
            ) }}
            else {{ unit_price(
                'agreed_unit_price', 'agreed_exchange_rate', 'agreed_uplift_pct', 'off_pct',
                price_digits('agreed_currency')
            ) }}
        end as unit_price
    from summed
),

contracts as (
    {{ contract_discounts() }}
),

charged as (
    {{ with_model('priced') }}
),

discounted as (
    select
        charged.* exclude (family, provider),
        cast(charged.quantity * charged.list_price as decimal(38, 12)) as list_amount,
        cast(
            charged.charged_quantity // charged.package_size * charged.unit_price
            as decimal(38, 12)
        ) as contracted_amount,
        {{ discounts_of('charged') }} as discounts
    from charged
    left join contracts using (organization_id, contract_id)
),

final as (
    select
        md5(concat_ws('|', {{ charge_grain() | replace("billed_model_id", "model_id")
            | replace("price_context_band", "context_band") }})) as charge_id,
        * exclude (agreed_exchange_rate, discounts) replace (
            cast(agreed_unit_price as decimal(18, 12)) as agreed_unit_price
        ),
        {{ after_discounts('contracted_amount', 'discounts') }} as net_amount, -- noqa: PRS
        cast(contracted_amount - net_amount as decimal(38, 12)) as discount_amount
    from discounted
)

select * from final
