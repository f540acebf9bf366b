{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    pre_hook='{{ clear_month() }}'
) }}

with usage_keys as (
    select * from {{ ref('dim_usage_key') }}
),

quarter_hours as (
    select * from {{ ref('int_usage__quarter_hours') }}
),

quarter_hour_meters as (
    select * from {{ ref('int_usage__quarter_hour_meters') }}
),

key_months as (
    select
        usage_keys.usage_key_id,
        months.billing_month,
        months.after_sequence,
        months.up_to_sequence,
        months.starts_at,
        months.ends_at,
        profiles.zone
    from usage_keys
    inner join {{ ref('int_rating__billing_months') }} as months
        on usage_keys.organization_id = months.organization_id
    inner join {{ source('catalog', 'billing_profiles') }} as profiles
        on usage_keys.organization_id = profiles.organization_id
),

-- A zone's calendar is asked once per quarter hour, not once per row.
local_days as (
    select
        zones.zone,
        clock.quarter_hour,
        {{ local_date('clock.quarter_hour', 'zones.zone') }} as usage_date
    from (select distinct zone from key_months) as zones
    cross join (select distinct quarter_hour from quarter_hours) as clock
),

daily as (
    select
        key_months.usage_key_id,
        key_months.billing_month,
        local_days.usage_date,
        sum(quarter_hours.requests) as requests,
        {{ each_meter('sum(quarter_hours.@_tokens) as @_tokens') }},
        0 as other_units
    from quarter_hours
    inner join key_months on {{ in_key_month('quarter_hours') }}
    inner join local_days
        on
            key_months.zone = local_days.zone
            and quarter_hours.quarter_hour = local_days.quarter_hour
    group by key_months.usage_key_id, key_months.billing_month, local_days.usage_date
    union all by name
    select
        key_months.usage_key_id,
        key_months.billing_month,
        local_days.usage_date,
        sum(quarter_hour_meters.quantity) as other_units
    from quarter_hour_meters
    inner join key_months on {{ in_key_month('quarter_hour_meters') }}
    inner join local_days
        on
            key_months.zone = local_days.zone
            and quarter_hour_meters.quarter_hour = local_days.quarter_hour
    group by key_months.usage_key_id, key_months.billing_month, local_days.usage_date
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
