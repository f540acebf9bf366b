{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    pre_hook='{{ clear_month() }}'
) }}

-- A served tier of `default` is also what a log says that names no tier: against what was bought
-- only the tiers of channels, and an operator's own, are compared.
with usage_keys as (
    select * from {{ ref('dim_usage_key') }}
    where outcome in ('success', 'client_aborted')
),

months as (
    select * from {{ ref('int_caps__months') }}
),

moved as (
    select
        *,
        'asked' as expectation,
        service_tier_asked as expected_tier
    from usage_keys
    where service_tier_asked not in ('', 'default', service_tier)
    union all
    select
        usage_keys.*,
        'bought' as expectation,
        items.service_tier as expected_tier
    from usage_keys
    inner join {{ source('catalog', 'subscription_items') }} as items
        on
            usage_keys.payer_id = items.subscription_id
            and usage_keys.requested_model_id = items.model_id
    where
        usage_keys.payer = 'subscription'
        and usage_keys.service_tier
        not in ('', 'default', 'batch', 'flex', 'priority', items.service_tier)
),

final as (
    select
        {{ billing_month() }} as billing_month,
        moved.organization_id,
        moved.project_id,
        moved.api_key_id,
        moved.requested_model_id as model_id,
        {{ local_date('hours.quarter_hour', 'months.zone') }} as usage_date,
        moved.expectation,
        moved.expected_tier,
        moved.service_tier as served_tier,
        cast(sum(hours.requests) as bigint) as requests
    from moved
    inner join {{ ref('int_usage__quarter_hours') }} as hours
        on moved.usage_key_id = hours.usage_key_id
    inner join months
        on
            moved.organization_id = months.organization_id
            and hours.quarter_hour >= months.starts_at
            and hours.quarter_hour < months.ends_at
            and hours.ingest_sequence <= months.watermark
    where {{ near_month('hours.quarter_hour', 2) }}
    group by all
    having sum(hours.requests) <> 0
)

select * from final
