{{ config(materialized='view') }}

-- Late usage below zero is given back at the rate of the document that billed it. A contract is
-- given back by a credit note, a balance on its own statement.
with priced as (
    select
        *,
        sum(quantity) over (
            partition by {{ charge_grain() }}
        ) < 0 and service_month < billing_month as is_given_back
    from {{ ref('int_rating__priced') }}
    where billing_month = {{ billing_month() }} and problem = ''
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
        priced.*,
        corrected_documents.corrects_month as rate_month
    from priced
    left join corrected_documents
        on
            priced.is_given_back
            and priced.organization_id = corrected_documents.organization_id
            and priced.payer = corrected_documents.payer
            and priced.service_month = corrected_documents.service_month
),

final as (
    select
        placed.* exclude (rate_month, is_given_back) replace (
            coalesce(list_rates.rate, placed.exchange_rate) as exchange_rate,
            coalesce(list_rates.rate_date, placed.exchange_rate_date) as exchange_rate_date,
            coalesce(agreed_rates.rate, placed.agreed_exchange_rate) as agreed_exchange_rate
        ),
        case
            when placed.is_given_back and placed.payer = 'contract'
                then coalesce(placed.rate_month, placed.service_month)
            else placed.billing_month
        end as corrects_month
    from placed
    left join published as list_rates
        on
            placed.rate_month = list_rates.service_month
            and placed.exchange_source = list_rates.source
            and placed.price_currency = list_rates.base_currency
            and placed.currency = list_rates.quote_currency
            and list_rates.base_currency <> list_rates.quote_currency
    left join published as agreed_rates
        on
            placed.rate_month = agreed_rates.service_month
            and placed.exchange_source = agreed_rates.source
            and placed.agreed_currency = agreed_rates.base_currency
            and placed.currency = agreed_rates.quote_currency
            and agreed_rates.base_currency <> agreed_rates.quote_currency
)

select * from final
