with final as (
    select
        project_id,
        organization_id,
        name,
        environment
    from {{ source('catalog', 'projects') }}
)

select * from final
