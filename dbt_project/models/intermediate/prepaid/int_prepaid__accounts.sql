{{ config(materialized='view') }}

-- Organizations with a balance: a key that one pays for, or anything that was put on it.
with owners as (
    select organization_id from {{ source('catalog', 'api_keys') }}
    where payer = 'balance'
    union
    select organization_id from {{ source('catalog', 'top_ups') }}
    union
    select organization_id from {{ source('catalog', 'balance_movements') }}
    union
    select to_organization_id as organization_id
    from {{ source('catalog', 'balance_movements') }}
    where to_organization_id <> ''
),

opening_balances as (
    select * from {{ source('books', 'opening_balance') }}
    where billing_month = {{ billing_month() }}
),

final as (
    select
        months.organization_id,
        months.starts_at,
        months.ends_at,
        profiles.currency,
        profiles.zone,
        minor_units.digits as minor_digits,
        cast(coalesce(opening_balances.opening_amount, 0) as decimal(28, 3)) as opening_amount
    from {{ ref('int_rating__month_bounds') }} as months
    inner join owners on months.organization_id = owners.organization_id
    inner join {{ source('catalog', 'billing_profiles') }} as profiles
        on months.organization_id = profiles.organization_id
    inner join {{ source('catalog', 'minor_unit') }} as minor_units
        on profiles.currency = minor_units.currency
    left join opening_balances on months.organization_id = opening_balances.organization_id
    where months.service_month = {{ billing_month() }}
)

select * from final
