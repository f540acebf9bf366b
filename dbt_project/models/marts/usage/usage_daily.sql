{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    pre_hook='{{ clear_month() }}'
) }}

with daily as (
    select * from {{ ref('int_rating__daily_usage') }}
),

usage_keys as (
    select * from {{ ref('dim_usage_key') }}
),

final as (
    select
        usage_keys.organization_id,
        usage_keys.project_id,
        usage_keys.api_key_id,
        usage_keys.billed_model_id as model_id,
        daily.usage_date,
        daily.billing_month,
        usage_keys.outcome,
        usage_keys.not_billed_reason,
        cast(coalesce(sum(daily.requests), 0) as bigint) as requests,
        cast(coalesce(
            sum(case when usage_keys.not_billed_reason = '' then daily.requests end), 0
        ) as bigint) as requests_billed,
        {{ each_meter('cast(coalesce(sum(daily.@_tokens), 0) as bigint) as @_tokens') }},
        cast(sum(daily.other_units) as bigint) as other_units
    from daily
    inner join usage_keys on daily.usage_key_id = usage_keys.usage_key_id
    group by
        usage_keys.organization_id, usage_keys.project_id, usage_keys.api_key_id,
        usage_keys.billed_model_id, daily.usage_date, daily.billing_month, usage_keys.outcome,
        usage_keys.not_billed_reason
)

select * from final
