{{ config(materialized='view') }}

with usage_keys as (
    select * from {{ ref('dim_usage_key') }}
),

months as (
    select * from {{ ref('int_rating__billing_months') }}
),

quarter_hours as (
    select * from {{ ref('int_usage__quarter_hours') }}
    where {{ can_be_billed('months') }}
),

quarter_hour_meters as (
    select * from {{ ref('int_usage__quarter_hour_meters') }}
    where {{ can_be_billed('months') }}
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
    inner join months
        on usage_keys.organization_id = months.organization_id
    inner join {{ source('catalog', 'billing_profiles') }} as profiles
        on usage_keys.organization_id = profiles.organization_id
),

zones as (
    select distinct zone from key_months
),

clock as (
    select distinct quarter_hour from {{ ref('int_usage__quarter_hours') }}
    where {{ can_be_billed('months') }}
),

-- A zone's calendar is asked once per quarter hour, not once per row.
local_days as (
    select
        zones.zone,
        clock.quarter_hour,
        {{ local_date('clock.quarter_hour', 'zones.zone') }} as usage_date
    from zones
    cross join clock
),

final as (
    select
        key_months.usage_key_id,
        key_months.billing_month,
        local_days.usage_date,
        cast(sum(quarter_hours.requests) as bigint) as requests,
        {{ each_meter('cast(sum(quarter_hours.@_tokens) as bigint) as @_tokens') }},
        cast(0 as bigint) as other_units
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
        cast(sum(quarter_hour_meters.quantity) as bigint) as other_units
    from quarter_hour_meters
    inner join key_months on {{ in_key_month('quarter_hour_meters') }}
    inner join local_days
        on
            key_months.zone = local_days.zone
            and quarter_hour_meters.quarter_hour = local_days.quarter_hour
    group by key_months.usage_key_id, key_months.billing_month, local_days.usage_date
)

select * from final
