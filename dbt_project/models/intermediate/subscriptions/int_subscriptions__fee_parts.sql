-- The parts of periods that the month charges, and what of earlier parts it gives back. A period
-- that starts on the 31st starts on the last day of a shorter month, counted from the first start:
-- anniversaries do not drift. A document stands for the last day of its month: a change within the
-- month that charges a part cuts it, a later one gives back what was charged for the days after it.
with subscriptions as (
    select * from {{ source('catalog', 'subscriptions') }}
),

numbered as (
    select
        *,
        date_diff('month', counted_from_date, {{ billing_month() }}) - unnest([0, 1])
            as months_passed
    from subscriptions
),

periods as (
    select
        *,
        cast(counted_from_date + to_months(cast(months_passed as integer)) as date)
            as starting_date,
        cast(counted_from_date + to_months(cast(months_passed as integer) + 1) as date)
            as following_date,
        cast(date_trunc('month', changed_date) as date) as changed_month
    from numbered
    where months_passed >= 0
),

parts as (
    select
        *,
        greatest(starting_date, starts_date) as first_date,
        cast(date_trunc('month', greatest(starting_date, starts_date)) as date) as charged_month
    from periods
    where starts_date < following_date and greatest(starting_date, starts_date) < ends_date
),

charged as (
    select
        *,
        charged_month as corrects_month,
        first_date as period_first_date,
        case
            when changed_month = charged_month then least(changed_date, following_date)
            else following_date
        end as charged_to_date,
        first_date as kept_to_date,
        case
            when changed_month > charged_month and changed_date < following_date
                then following_date
            else least(ends_date, following_date)
        end as shown_to_date
    from parts
    where charged_month = {{ billing_month() }}
),

given_back as (
    select
        *,
        charged_month as corrects_month,
        changed_date as period_first_date,
        following_date as charged_to_date,
        changed_date as kept_to_date,
        following_date as shown_to_date
    from parts
    where
        charged_month < {{ billing_month() }}
        and changed_month = {{ billing_month() }}
        and changed_date < following_date
),

all_parts as (
    select * from charged
    union all by name
    select * from given_back
),

final as (
    select
        subscription_id,
        organization_id,
        kind,
        plan_id,
        currency,
        {{ billing_month() }} as billing_month,
        corrects_month,
        period_first_date,
        cast(shown_to_date - 1 as date) as period_last_date,
        cast(date_diff('day', first_date, charged_to_date) as integer) as charged_days,
        cast(date_diff('day', first_date, kept_to_date) as integer) as kept_days,
        cast(date_diff('day', starting_date, following_date) as integer) as period_days
    from all_parts
)

select * from final
