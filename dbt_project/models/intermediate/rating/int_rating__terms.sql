{{ config(materialized='view') }}

-- What each organization agreed to at the start of each slice, in which currency it pays, and by
-- which day's rate: that of the document unless the slice is a day of its own.
with slices as (
    select * from {{ ref('int_rating__billing_slices') }}
),

contracts as (
    select * from {{ source('catalog', 'contracts') }}
),

days as (
    select * from {{ source('catalog', 'exchange_day') }}
),

exchange_terms as (
    select * from {{ source('catalog', 'exchange_terms') }}
),

profiles as (
    select * from {{ source('catalog', 'billing_profiles') }}
),

final as (
    select
        slices.organization_id,
        slices.starts_at,
        coalesce(contracts.contract_id, '') as contract_id,
        coalesce(contracts.exchange_source, '') as exchange_source,
        coalesce(profiles.currency, '') as currency,
        coalesce(days.exchange_date, {{ last_day() }}) as exchange_date,
        cast(exchange_terms.max_age_days as integer) as max_age_days,
        cast(coalesce(exchange_terms.price_digits, 12) as integer) as price_digits
    from (select distinct
        organization_id,
        rated_at as starts_at
    from slices) as slices
    left join profiles on slices.organization_id = profiles.organization_id
    left join contracts
        on
            slices.organization_id = contracts.organization_id
            and slices.starts_at >= contracts.valid_from_at
            and slices.starts_at < contracts.valid_to_at
    left join days
        on
            slices.organization_id = days.organization_id
            and slices.starts_at >= days.starts_at
            and slices.starts_at < days.ends_at
    left join exchange_terms on contracts.contract_id = exchange_terms.contract_id
)

select * from final
