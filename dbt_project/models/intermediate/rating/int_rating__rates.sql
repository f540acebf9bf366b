{{ config(materialized='view') }}

with terms as (
    select * from {{ ref('int_rating__terms') }}
),

published as (
    select * from {{ source('catalog', 'exchange_rate_of_month') }}
    where service_month = {{ billing_month() }}
),

final as (
    select
        source as exchange_source,
        base_currency as price_currency,
        quote_currency as currency,
        rate as exchange_rate,
        rate_date as exchange_rate_date
    from published
    where base_currency <> quote_currency
    union all
    select distinct
        exchange_source,
        currency as price_currency,
        currency,
        cast(1 as decimal(18, 8)) as exchange_rate,
        cast(null as date) as exchange_rate_date
    from terms
)

select * from final
