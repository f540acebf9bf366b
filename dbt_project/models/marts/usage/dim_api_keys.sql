with final as (
    select
        api_key_id,
        organization_id,
        project_id,
        name,
        masked_prefix,
        payer,
        subscription_id,
        valid_from_at,
        valid_to_at
    from {{ source('catalog', 'api_keys') }}
)

select * from final
