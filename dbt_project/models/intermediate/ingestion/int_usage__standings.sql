{{ config(full_refresh=false, pre_hook='{{ move_ends() }}') }}

-- A register: what was numbered once keeps its number, also when the catalog no longer says it.
-- Only where a stretch ends is brought up to date.
with key_terms as (
    select * from {{ ref('int_usage__key_terms') }}
),

new_terms as (
    select key_terms.*
    from key_terms
    {% if is_incremental() %}
    left join {{ this }} as known on {{ same_standing_terms('key_terms', 'known') }}
    where known.standing_id is null
    {% endif %}
),

final as (
    select
        cast(
            row_number() over (order by api_key_id, from_at)
            {% if is_incremental() %}
            + (select coalesce(max(known.standing_id), 0) from {{ this }} as known)
            {% endif %} as integer
        ) as standing_id,
        api_key_id,
        from_at,
        to_at,
        organization_id,
        project_id,
        payer,
        subscription_id,
        contract_id,
        price_by,
        is_key_valid,
        is_subscription_active
    from new_terms
)

select * from final
