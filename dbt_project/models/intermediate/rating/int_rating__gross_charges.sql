-- The unit price is raised, lowered, converted and then rounded once; what it is charged for,
-- single units or whole packages, times it is exact at 12 decimals.
with priced as (
    select
        *,
        {{ unit_price('list_unit_price', 'exchange_rate', 'uplift_pct') }} as list_price,
        case
            when tier_schedule_id <> ''
                then cast(
                    round(agreed_unit_price * agreed_exchange_rate, 12) as decimal(28, 12)
                )
            else {{ unit_price(
                'agreed_unit_price', 'agreed_exchange_rate', 'agreed_uplift_pct', 'off_pct'
            ) }}
        end as unit_price
    from {{ ref('int_rating__given_back') }}
),

summed as (
    select
        {{ charge_grain() }},
        corrects_month,
        price_currency,
        cast(list_unit_price as decimal(18, 12)) as list_unit_price,
        agreed_currency,
        cast(agreed_unit_price as decimal(18, 12)) as agreed_unit_price,
        uplift_pct,
        agreed_uplift_pct,
        off_pct,
        exchange_rate,
        exchange_rate_date,
        exchange_source,
        currency,
        list_price,
        unit_price,
        package_size,
        cast(sum(quantity) as bigint) as quantity,
        cast(sum(charged_quantity) as bigint) as charged_quantity
    from priced
    group by
        {{ charge_grain() }},
        corrects_month,
        price_currency,
        list_unit_price,
        agreed_currency,
        agreed_unit_price,
        uplift_pct,
        agreed_uplift_pct,
        off_pct,
        exchange_rate,
        exchange_rate_date,
        exchange_source,
        currency,
        list_price,
        unit_price,
        package_size
    -- What a newer version took back and gave again, in whatever context band, is no charge.
    having sum(quantity) <> 0 or sum(charged_quantity) <> 0
),

final as (
    select
        md5(concat_ws('|', {{ charge_grain() }})) as charge_id,
        {{ charge_grain() | replace("billed_model_id", "billed_model_id as model_id")
            | replace("price_context_band", "price_context_band as context_band") }},
        corrects_month,
        price_currency,
        list_unit_price,
        agreed_currency,
        agreed_unit_price,
        uplift_pct,
        agreed_uplift_pct,
        off_pct,
        exchange_rate,
        exchange_rate_date,
        exchange_source,
        currency,
        list_price,
        unit_price,
        package_size,
        quantity,
        charged_quantity,
        cast(quantity * list_price as decimal(38, 12)) as list_amount,
        cast(
            charged_quantity // package_size * unit_price as decimal(38, 12)
        ) as contracted_amount
    from summed
)

select * from final
