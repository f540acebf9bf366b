{{ config(materialized='view') }}

with terms as (
    select * from {{ ref('int_rating__terms') }}
),

of_month as (
    select * from {{ source('catalog', 'exchange_rate_of_month') }}
    where service_month = {{ billing_month() }}
),

of_day as (
    select * from {{ source('catalog', 'exchange_rate_of_day') }}
    where exchange_date in (select terms.exchange_date from terms)
),

published as (
    select
        source,
        base_currency,
        quote_currency,
        {{ last_day() }} as exchange_date,
        rate,
        rate_date
    from of_month
    union
    select
        source,
        base_currency,
        quote_currency,
        exchange_date,
        rate,
        rate_date
    from of_day
),

final as (
    select
        source as exchange_source,
        base_currency as price_currency,
        quote_currency as currency,
        exchange_date,
        rate as exchange_rate,
        rate_date as exchange_rate_date
    from published
    where base_currency <> quote_currency
    union all
    select distinct
        exchange_source,
        currency as price_currency,
        currency,
        exchange_date,
        cast(1 as decimal(18, 8)) as exchange_rate,
        cast(null as date) as exchange_rate_date
    from terms
)

select * from final
