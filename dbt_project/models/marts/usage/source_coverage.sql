{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    pre_hook='{{ clear_month() }}'
) }}

with source_hours as (
    select * from {{ ref('int_usage__source_hours') }}
),

-- 28 days are looked back, so the first hour of the month needs those before it.
heard as (
    select
        source_id,
        usage_hour,
        sum(requests) as requests,
        lag(usage_hour) over (partition by source_id order by usage_hour) as heard_before
    from source_hours
    where
        usage_hour >= {{ billing_month() }} - interval '28 days'
        and usage_hour < {{ watched_until() }}
    group by source_id, usage_hour
),

sources as (
    select distinct source_id from heard
),

hours as (
    select
        sources.source_id,
        calendar.usage_hour
    from sources
    cross join {{ hours_of_month() }} as calendar (usage_hour)
),

-- The silence before an hour counts only where both its ends lie in the 28 days.
habits as (
    select
        hours.source_id,
        hours.usage_hour,
        count(heard.usage_hour) as hours_heard,
        date_diff('hour', min(heard.usage_hour), max(heard.usage_hour)) + 1 as hours_spanned,
        coalesce(max(
            case
                when heard.heard_before >= hours.usage_hour - interval '28 days'
                    then date_diff('hour', heard.heard_before, heard.usage_hour) - 1
            end
        ), 0) as longest_silence
    from hours
    left join heard
        on
            hours.source_id = heard.source_id
            and hours.usage_hour > heard.usage_hour
            and hours.usage_hour <= heard.usage_hour + interval '28 days'
    group by hours.source_id, hours.usage_hour
),

final as (
    select
        habits.source_id,
        {{ billing_month() }} as billing_month,
        habits.usage_hour,
        cast(coalesce(heard.requests, 0) as bigint) as requests,
        heard.usage_hour is null as is_silent,
        coalesce(
            habits.hours_spanned >= 168
            and habits.hours_heard * 100 >= (habits.hours_spanned - habits.longest_silence) * 99,
            false
        ) as is_expected
    from habits
    left join heard
        on
            habits.source_id = heard.source_id
            and habits.usage_hour = heard.usage_hour
)

select * from final
