-- Limits of what was bought model by model, and of keys; empty ones are none.
with items as (
    select
        subscriptions.organization_id,
        items.*,
        models.modality in ('image', 'video') as is_counted_by_generation,
        subscriptions.starts_at,
        subscriptions.ends_at,
        subscriptions.counted_from_at
    from {{ source('catalog', 'subscription_items') }} as items
    inner join {{ source('catalog', 'subscriptions') }} as subscriptions
        on items.subscription_id = subscriptions.subscription_id
    inner join {{ source('catalog', 'models') }} as models on items.model_id = models.model_id
),

key_limits as (
    select
        api_keys.organization_id,
        limits.*
    from {{ source('catalog', 'key_limits') }} as limits
    inner join {{ source('catalog', 'api_keys') }} as api_keys
        on limits.api_key_id = api_keys.api_key_id
),

limits as (
    select
        organization_id,
        'subscription_item' as subject_kind,
        subscription_id as subject_id,
        model_id,
        'daily_call_limit' as limit_kind,
        'calls' as counted,
        daily_call_limit as limit_quantity,
        starts_at as limit_from_at,
        ends_at as limit_to_at,
        counted_from_at
    from items
    union all
    select
        organization_id,
        'subscription_item' as subject_kind,
        subscription_id as subject_id,
        model_id,
        'monthly_token_cap' as limit_kind,
        case when is_counted_by_generation then 'generations' else 'tokens' end as counted,
        monthly_token_cap as limit_quantity,
        starts_at as limit_from_at,
        ends_at as limit_to_at,
        counted_from_at
    from items
    {%- for kind, counted in [
        ("rpm", "calls"), ("rph", "calls"), ("rpd", "calls"), ("tpm", "tokens"), ("tpd", "tokens"),
    ] %}
    union all
    select
        organization_id,
        case when model_id = '' then 'key' else 'key_model' end as subject_kind,
        api_key_id as subject_id,
        model_id,
        '{{ kind }}' as limit_kind,
        '{{ counted }}' as counted,
        {{ kind }} as limit_quantity,
        valid_from_at as limit_from_at,
        valid_to_at as limit_to_at,
        valid_from_at as counted_from_at
    from key_limits
    {%- endfor %}
),

final as (
    select * from limits
    where limit_quantity is not null
)

select * from final
