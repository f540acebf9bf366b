{{ config(full_refresh=false) }}

-- Append-only: a key whose stretches are others than in its newest version gets one more. A key
-- that was used and is in no catalog has a version that says so.
with key_terms as (
    select
        *,
        false as is_gone
    from {{ ref('int_usage__key_terms') }}
),

gone as (
    select distinct
        owners.api_key_id,
        cast('1900-01-01' as timestamp) as from_at,
        cast('9999-12-31' as timestamp) as to_at,
        '' as organization_id,
        '' as project_id,
        '' as payer,
        '' as subscription_id,
        '' as contract_id,
        '' as price_by,
        false as is_key_valid,
        false as is_subscription_active,
        true as is_gone
    from {{ source('raw', 'key_owner') }} as owners
    left join key_terms on owners.api_key_id = key_terms.api_key_id
    where key_terms.api_key_id is null
),

today as (
    select * from key_terms
    union all by name
    select * from gone
),

{% if is_incremental() %}
known as (
    select * exclude (term_version)
    from {{ this }}
    qualify term_version = max(term_version) over (partition by api_key_id)
),

added as (
    select * from today
    except
    select * from known
),

removed as (
    select * from known
    except
    select * from today
),

changed as (
    select api_key_id from added
    union
    select api_key_id from removed
),
{% else %}
changed as (
    select distinct api_key_id from today
),
{% endif %}

final as (
    select
        cast(
            1
            {% if is_incremental() %}
            + (select coalesce(max(known.term_version), 0) from {{ this }} as known)
            {% endif %} as integer
        ) as term_version,
        today.*
    from today
    inner join changed on today.api_key_id = changed.api_key_id
)

select * from final
