{{ config(materialized='view') }}

-- Only requests that would have been billed on a good key: refusing is what a gateway should do.
with usage_daily as (
    select * from {{ ref('usage_daily') }}
    where not_billed_reason in ('key_not_valid', 'subscription_inactive') and requests > 0
),

api_keys as (
    select * from {{ ref('dim_api_keys') }}
),

final as (
    select
        usage_daily.organization_id,
        usage_daily.project_id,
        usage_daily.api_key_id,
        api_keys.subscription_id,
        usage_daily.billing_month,
        usage_daily.not_billed_reason,
        min(usage_daily.usage_date) as first_date,
        max(usage_daily.usage_date) as last_date,
        cast(sum(usage_daily.requests) as bigint) as requests,
        cast(sum({{ each_meter('usage_daily.@_tokens', ' +') }}) as bigint) as tokens
    from usage_daily
    inner join api_keys on usage_daily.api_key_id = api_keys.api_key_id
    group by
        usage_daily.organization_id, usage_daily.project_id, usage_daily.api_key_id,
        api_keys.subscription_id, usage_daily.billing_month, usage_daily.not_billed_reason
)

select * from final
