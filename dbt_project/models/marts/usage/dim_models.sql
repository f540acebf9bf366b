with final as (
    select
        model_id,
        display_name,
        provider,
        family,
        modality
    from {{ source('catalog', 'models') }}
)

select * from final
