-- The unit price is converted and rounded once; quantity times it is exact at 12 decimals.
with priced as (
    select
        *,
        cast(round(list_unit_price * exchange_rate, 12) as decimal(18, 12)) as list_price,
        cast(
            round(agreed_unit_price * agreed_exchange_rate, 12) as decimal(18, 12)
        ) as unit_price
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
        exchange_rate,
        exchange_rate_date,
        exchange_source,
        currency,
        list_price,
        unit_price,
        cast(sum(quantity) as bigint) as quantity
    from priced
    group by
        {{ charge_grain() }},
        corrects_month,
        price_currency,
        list_unit_price,
        agreed_currency,
        agreed_unit_price,
        exchange_rate,
        exchange_rate_date,
        exchange_source,
        currency,
        list_price,
        unit_price
    -- What a newer version took back and gave again, in whatever context band, is no charge.
    having sum(quantity) <> 0
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
        exchange_rate,
        exchange_rate_date,
        exchange_source,
        currency,
        list_price,
        unit_price,
        quantity,
        cast(quantity * list_price as decimal(38, 12)) as list_amount,
        cast(quantity * unit_price as decimal(38, 12)) as contracted_amount
    from summed
)

select * from final
