{{ config(materialized='view') }}

with api_keys as (
    select * from {{ source('catalog', 'api_keys') }}
),

subscriptions as (
    select * from {{ source('catalog', 'subscriptions') }}
),

contracts as (
    select * from {{ source('catalog', 'contracts') }}
),

key_instants as (
    select
        api_key_id,
        unnest([cast('1900-01-01' as timestamp), valid_from_at, valid_to_at]) as from_at
    from api_keys
),

-- Where a change kept the kind of a subscription, its keys go on and pay by the new one.
carriers as (
    select
        api_keys.api_key_id,
        carriers.subscription_id,
        carriers.starts_at,
        carriers.ends_at
    from api_keys
    inner join subscriptions as own on api_keys.subscription_id = own.subscription_id
    inner join subscriptions as carriers
        on own.keys_from_id = carriers.keys_from_id and own.starts_at <= carriers.starts_at
),

contract_instants as (
    select
        api_keys.api_key_id,
        unnest([contracts.valid_from_at, contracts.valid_to_at]) as from_at
    from api_keys
    inner join contracts on api_keys.organization_id = contracts.organization_id
),

instants as (
    select * from key_instants
    union
    select
        api_key_id,
        unnest([starts_at, ends_at]) as from_at
    from carriers
    union
    select * from contract_instants
),

stretches as (
    select
        api_key_id,
        from_at,
        lead(from_at, 1, cast('9999-12-31' as timestamp)) over (
            partition by api_key_id order by from_at
        ) as to_at
    from instants
    where from_at >= cast('1900-01-01' as timestamp)
),

final as (
    select
        stretches.api_key_id,
        stretches.from_at,
        stretches.to_at,
        api_keys.organization_id,
        api_keys.project_id,
        case
            when api_keys.payer in ('plan', 'custom') then 'subscription'
            else api_keys.payer
        end as payer,
        coalesce(carriers.subscription_id, api_keys.subscription_id) as subscription_id,
        coalesce(contracts.contract_id, '') as contract_id,
        coalesce(contracts.price_by, 'answered') as price_by,
        stretches.from_at >= api_keys.valid_from_at
        and stretches.from_at < api_keys.valid_to_at as is_key_valid,
        carriers.subscription_id is not null as is_subscription_active
    from stretches
    inner join api_keys on stretches.api_key_id = api_keys.api_key_id
    left join contracts
        on
            api_keys.organization_id = contracts.organization_id
            and stretches.from_at >= contracts.valid_from_at
            and stretches.from_at < contracts.valid_to_at
    left join carriers
        on
            stretches.api_key_id = carriers.api_key_id
            and stretches.from_at >= carriers.starts_at
            and stretches.from_at < carriers.ends_at
    where stretches.from_at < stretches.to_at
)

select * from final
