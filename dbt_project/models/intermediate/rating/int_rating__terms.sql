{{ config(materialized='view') }}

-- What each organization agreed to at the start of each slice, and in which currency it pays.
with slices as (
    select * from {{ ref('int_rating__billing_slices') }}
),

contracts as (
    select * from {{ source('catalog', 'contracts') }}
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
        coalesce(profiles.currency, '') as currency
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
)

select * from final
