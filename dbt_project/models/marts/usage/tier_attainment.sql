{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    pre_hook='{{ clear_month() }}'
) }}

with months as (
    select * from {{ ref('int_caps__months') }}
),

outcomes as (
    select
        usage_keys.organization_id,
        usage_keys.service_tier,
        coalesce(
            nullif(usage_keys.answered_model_id, ''), usage_keys.requested_model_id
        ) as model_id,
        usage_keys.outcome,
        sum(rolled_up.requests) as requests
    from {{ ref('int_usage__quarter_hours') }} as rolled_up
    inner join {{ ref('dim_usage_key') }} as usage_keys
        on rolled_up.usage_key_id = usage_keys.usage_key_id
    inner join months
        on
            usage_keys.organization_id = months.organization_id
            and rolled_up.quarter_hour >= months.starts_at
            and rolled_up.quarter_hour < months.ends_at
            and rolled_up.ingest_sequence <= months.watermark
    where usage_keys.outcome <> 'refund' and {{ near_month('rolled_up.quarter_hour', 2) }}
    group by all
),

counted as (
    select
        organization_id,
        service_tier,
        model_id,
        {%- for name, outcomes in [
            ("succeeded", "'success', 'client_aborted'"), ("failed", "'upstream_error'"),
            ("throttled", "'rate_limited'"), ("other", "'client_error', 'gateway_cache_hit'"),
        ] %}
        cast(coalesce(sum(requests) filter (where outcome in ({{ outcomes }})), 0) as bigint)
            as {{ name }}_requests,
        {%- endfor %}
        cast(sum(requests) as bigint) as requests
    from outcomes
    group by organization_id, service_tier, model_id
),

percentiles as (
    {{ latency_percentiles([50, 95, 99]) }}
),

promised as (
    {{ promises_of_last_day() }}
),

final as (
    select
        {{ billing_month() }} as billing_month,
        {{ tier_attained('counted', 'percentiles', 'promised') }}
    from counted
    left join percentiles
        on
            counted.organization_id = percentiles.organization_id
            and counted.service_tier = percentiles.service_tier
            and counted.model_id = percentiles.model_id
    left join promised
        on
            counted.organization_id = promised.organization_id
            and counted.service_tier = promised.service_tier
            and promised.model_id in ('', counted.model_id)
    qualify row_number() over (
        partition by counted.organization_id, counted.service_tier, counted.model_id
        order by promised.model_id desc nulls last
    ) = 1
)

select * from final
