-- Numbers never change once given: the rollup holds them. Keys whose terms changed need a full
-- refresh of the rollup and of this table together.
with key_terms as (
    select * from {{ ref('int_usage__key_terms') }}
    {% if is_incremental() %}
    where api_key_id not in (select known.api_key_id from {{ this }} as known)
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
    from key_terms
)

select * from final
