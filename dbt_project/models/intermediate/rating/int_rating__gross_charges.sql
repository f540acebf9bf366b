-- The unit price is converted and rounded once; quantity times it is exact at 12 decimals. Late
-- usage below zero is given back at the rate of the document that billed it.
with summed as (
    select
        {{ charge_grain() }},
        price_currency,
        cast(list_unit_price as decimal(18, 12)) as list_unit_price,
        agreed_currency,
        cast(agreed_unit_price as decimal(18, 12)) as agreed_unit_price,
        exchange_rate,
        agreed_exchange_rate,
        exchange_rate_date,
        exchange_source,
        currency,
        cast(sum(quantity) as bigint) as quantity
    from {{ ref('int_rating__priced') }}
    where billing_month = {{ billing_month() }} and problem = ''
    group by
        {{ charge_grain() }},
        price_currency,
        list_unit_price,
        agreed_currency,
        agreed_unit_price,
        exchange_rate,
        agreed_exchange_rate,
        exchange_rate_date,
        exchange_source,
        currency
),

corrected_documents as (
    select * from {{ source('books', 'corrected_document') }}
    where billing_month = {{ billing_month() }}
),

published as (
    select * from {{ source('catalog', 'exchange_rate_of_month') }}
),

placed as (
    select
        summed.*,
        case
            when summed.quantity < 0 and summed.service_month < summed.billing_month
                then coalesce(corrected_documents.corrects_month, summed.service_month)
            else summed.billing_month
        end as rate_month
    from summed
    left join corrected_documents
        on
            summed.organization_id = corrected_documents.organization_id
            and summed.payer = corrected_documents.payer
            and summed.service_month = corrected_documents.service_month
),

priced as (
    select
        placed.* replace (
            coalesce(list_rates.rate, placed.exchange_rate) as exchange_rate,
            coalesce(list_rates.rate_date, placed.exchange_rate_date) as exchange_rate_date
        ),
        cast(
            round(
                placed.list_unit_price * coalesce(list_rates.rate, placed.exchange_rate), 12
            ) as decimal(18, 12)
        ) as list_price,
        cast(
            round(
                placed.agreed_unit_price
                * coalesce(agreed_rates.rate, placed.agreed_exchange_rate), 12
            ) as decimal(18, 12)
        ) as unit_price
    from placed
    left join published as list_rates
        on
            placed.rate_month < placed.billing_month
            and placed.rate_month = list_rates.service_month
            and placed.exchange_source = list_rates.source
            and placed.price_currency = list_rates.base_currency
            and placed.currency = list_rates.quote_currency
            and list_rates.base_currency <> list_rates.quote_currency
    left join published as agreed_rates
        on
            placed.rate_month < placed.billing_month
            and placed.rate_month = agreed_rates.service_month
            and placed.exchange_source = agreed_rates.source
            and placed.agreed_currency = agreed_rates.base_currency
            and placed.currency = agreed_rates.quote_currency
            and agreed_rates.base_currency <> agreed_rates.quote_currency
),

final as (
    select
        md5(concat_ws('|', {{ charge_grain() }})) as charge_id,
        {{ charge_grain() | replace("billed_model_id", "billed_model_id as model_id")
            | replace("price_context_band", "price_context_band as context_band") }},
        -- A balance is given back what it lost; only an invoice needs a note.
        case when payer = 'contract' then rate_month else billing_month end as corrects_month,
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
    from priced
)

select * from final
