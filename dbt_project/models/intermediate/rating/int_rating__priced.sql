with found as (
    select * from {{ ref('int_rating__price_rows') }}
),

rates as (
    select * from {{ ref('int_rating__rates') }}
),

final as (
    select
        found.*,
        list_rates.exchange_rate,
        list_rates.exchange_rate_date,
        agreed_rates.exchange_rate as agreed_exchange_rate,
        case
            when found.contract_id = '' or found.currency = '' then 'no_contract'
            when found.list_candidates > 1 or found.contract_candidates > 1 then 'two_prices'
            when found.agreed_unit_price is null then 'no_price'
            when list_rates.exchange_rate is null or agreed_rates.exchange_rate is null
                then 'no_exchange_rate'
            else ''
        end as problem
    from found
    left join rates as list_rates
        on
            found.exchange_source = list_rates.exchange_source
            and found.price_currency = list_rates.price_currency
            and found.currency = list_rates.currency
            and {{ is_rate_of('list_rates', 'found') }}
    left join rates as agreed_rates
        on
            found.exchange_source = agreed_rates.exchange_source
            and found.agreed_currency = agreed_rates.price_currency
            and found.currency = agreed_rates.currency
            and {{ is_rate_of('agreed_rates', 'found') }}
)

select * from final
