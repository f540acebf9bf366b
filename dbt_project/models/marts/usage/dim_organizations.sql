with organizations as (
    select * from {{ source('catalog', 'organizations') }}
),

profiles as (
    select * from {{ source('catalog', 'billing_profiles') }}
),

final as (
    select
        organizations.organization_id,
        organizations.name,
        organizations.created_date,
        profiles.zone
    from organizations
    left join profiles on organizations.organization_id = profiles.organization_id
)

select * from final
