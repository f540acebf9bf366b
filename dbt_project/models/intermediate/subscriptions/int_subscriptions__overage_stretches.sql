{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    pre_hook='{{ clear_month() }}'
) }}

-- When the usage of which subscription counts in a part. A day is of whoever has it at its end, so
-- the part counts what those were used on its first day that were changed on it and have none of
-- their own: they began on it, or before it and the period began on it.
with parts as (
    select * from {{ ref('int_subscriptions__overage_parts') }}
),

subscriptions as (
    select * from {{ source('catalog', 'subscriptions') }}
),

earlier as (
    select
        parts.*,
        sold.subscription_id as counted_subscription_id,
        sold.ends_at,
        case when sold.starts_date = own.starts_date then sold.starts_at else period_starts_at end
            as begins_at
    from parts
    inner join subscriptions as own
        on
            parts.subscription_id = own.subscription_id
            and parts.period_first_date = own.starts_date
    inner join subscriptions as sold
        on
            own.organization_id = sold.organization_id
            and own.counted_from_at = sold.counted_from_at
            and own.starts_date = sold.ends_date
            and own.starts_at > sold.starts_at
    where own.starts_date in (sold.starts_date, parts.period_starting_date)
),

stretches as (
    select
        *,
        subscription_id as counted_subscription_id
    from parts
    union all by name
    select
        * exclude (ends_at, begins_at)
        replace (
            {{ quarter_hour('begins_at') }} as counts_from_at,
            {{ quarter_hour_after('ends_at') }} as counts_to_at
        )
    from earlier
    where begins_at < ends_at
),

final as (
    select
        billing_month,
        subscription_id,
        period_first_date,
        plan_id,
        counted_subscription_id,
        counts_from_at,
        counts_to_at,
        up_to_sequence
    from stretches
)

select * from final
