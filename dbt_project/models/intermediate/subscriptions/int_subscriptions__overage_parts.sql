{{ config(materialized='table') }}

-- The parts of periods of plans that include a quantity, in the month that bills them: where they
-- end (one that an end or a change cuts, in the month of that instant, which is open as long as the
-- end may move), and where files come late for one that ended before. Use is counted by quarter
-- hour, as of a cap: a period that begins within one counts from its beginning. What has no day has
-- no fee and is no part; its use counts in another (`int_subscriptions__overage_stretches`).
with sold as (
    select
        subscriptions.*,
        profiles.zone,
        timezone(profiles.zone, timezone('UTC', subscriptions.counted_from_at)) as local_start
    from {{ source('catalog', 'subscriptions') }} as subscriptions
    inner join {{ source('catalog', 'billing_profiles') }} as profiles
        on subscriptions.organization_id = profiles.organization_id
    where
        subscriptions.kind = 'plan'
        and subscriptions.plan_id in (
            select overages.plan_id from {{ source('catalog', 'plan_overages') }} as overages
        )
),

windows as (
    select * from {{ ref('int_rating__windows') }}
    where billing_month = {{ billing_month() }}
),

numbered as (
    select
        sold.*,
        windows.service_month,
        windows.after_sequence,
        windows.up_to_sequence,
        date_diff('month', sold.counted_from_date, windows.service_month) - unnest([0, 1])
            as months_passed
    from sold
    inner join windows on sold.organization_id = windows.organization_id
),

periods as (
    select
        *,
        {{ anniversary('months_passed') }} as starting_date,
        {{ anniversary('months_passed + 1') }} as following_date
    from numbered
    where months_passed >= 0
),

parts as (
    select
        *,
        greatest(starting_date, starts_date) as first_date,
        {{ period_start('counted_from_at', 'local_start', 'zone', 'months_passed') }}
            as period_starts_at,
        {{ period_start('counted_from_at', 'local_start', 'zone', '(months_passed + 1)') }}
            as period_ends_at
    from periods
    where
        least(following_date, ends_date) >= service_month
        and least(following_date, ends_date) <= service_month + interval '1 month'
        and greatest(starting_date, starts_date) < least(following_date, ends_date)
),

final as (
    select
        subscription_id,
        organization_id,
        plan_id,
        currency,
        {{ billing_month() }} as billing_month,
        service_month,
        first_date as period_first_date,
        cast(least(following_date, ends_date) - 1 as date) as period_last_date,
        cast(date_diff('day', first_date, least(following_date, changed_date)) as integer)
            as included_days,
        cast(date_diff('day', starting_date, following_date) as integer) as period_days,
        starting_date as period_starting_date,
        period_starts_at,
        case
            when first_date = starts_date then {{ quarter_hour('starts_at') }}
            else {{ quarter_hour('period_starts_at') }}
        end as counts_from_at,
        case
            when period_ends_at < ends_at then {{ quarter_hour('period_ends_at') }}
            else {{ quarter_hour_after('ends_at') }}
        end as counts_to_at,
        after_sequence,
        up_to_sequence
    from parts
    where service_month = date_trunc('month', {{ local_date(
        "case when ends_at < period_ends_at then ends_at "
        ~ "else period_ends_at - interval '1 microsecond' end", 'zone'
    ) }})
)

select * from final
