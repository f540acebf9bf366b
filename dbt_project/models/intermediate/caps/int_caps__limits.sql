-- Limits of what was bought model by model, and of keys; empty ones are none. What a plan includes
-- is one worth seeing ahead: beyond it use is charged.
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

plans as (
    select
        subscriptions.*,
        overages.model_id,
        overages.counted,
        overages.included_quantity
    from {{ source('catalog', 'plan_overages') }} as overages
    inner join {{ source('catalog', 'subscriptions') }} as subscriptions
        on overages.plan_id = subscriptions.plan_id
    where subscriptions.kind = 'plan' and overages.included_quantity > 0
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
    {%- for kind, counted in [
        ("daily_call_limit", "'calls'"),
        ("monthly_token_cap",
         "case when is_counted_by_generation then 'generations' else 'tokens' end"),
    ] %}
    select
        organization_id,
        'subscription_item' as subject_kind,
        subscription_id as subject_id,
        model_id,
        '{{ kind }}' as limit_kind,
        {{ counted }} as counted,
        {{ kind }} as limit_quantity,
        starts_at as limit_from_at,
        ends_at as limit_to_at,
        counted_from_at
    from items
    union all
    {%- endfor %}
    select
        organization_id,
        'subscription' as subject_kind,
        subscription_id as subject_id,
        model_id,
        'included_' || counted as limit_kind,
        case counted when 'requests' then 'calls' else counted end as counted,
        included_quantity as limit_quantity,
        starts_at as limit_from_at,
        ends_at as limit_to_at,
        counted_from_at
    from plans
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
    select
        limits.*,
        coalesce(sold.changed_date, cast('9999-12-31' as date)) as changed_date
    from limits
    left join {{ source('catalog', 'subscriptions') }} as sold
        on limits.subject_kind = 'subscription' and limits.subject_id = sold.subscription_id
    where limits.limit_quantity is not null
)

select * from final
