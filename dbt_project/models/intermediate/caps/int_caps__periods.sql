{{ config(materialized='table') }}

-- Days are the organization's own; months run from a subscription's first instant, and go on where
-- it was changed.
with limits as (
    select
        limits.*,
        told.zone,
        told.starts_at as month_starts_at,
        told.as_of_at,
        told.watermark,
        timezone(told.zone, timezone('UTC', limits.counted_from_at)) as local_start
    from {{ ref('int_caps__limits') }} as limits
    inner join {{ ref('int_caps__months') }} as told
        on limits.organization_id = told.organization_id
    where limits.limit_from_at < told.as_of_at and limits.limit_to_at > told.starts_at
),

numbered as (
    select
        limits.*,
        date_diff('month', local_start, cast({{ billing_month() }} as timestamp)) + ago.number
            as period_number
    from limits
    cross join (values (-1), (0)) as ago (number)
    where {{ is_monthly('limits.limit_kind') }}
),

periods as (
    select
        limits.*,
        days.starts_at as period_starts_at,
        days.ends_at as period_ends_at
    from limits
    inner join {{ ref('int_caps__days') }} as days on limits.zone = days.zone
    where not {{ is_monthly('limits.limit_kind') }}
    union all
    select
        * exclude (period_number) replace (
            {{ included_of_period() }} as limit_quantity
        ),
        {{ period_start('counted_from_at', 'local_start', 'zone', 'period_number') }}
            as period_starts_at,
        least(
            {{ period_start('counted_from_at', 'local_start', 'zone', '(period_number + 1)') }},
            limit_to_at
        ) as period_ends_at
    from numbered
    where period_number >= 0
),

final as (
    select
        cast(row_number() over (
            order by
                subject_kind, subject_id, model_id, limit_kind, period_starts_at, limit_from_at
        ) as bigint) as limit_period_id,
        {{ cap_subject() }},
        limit_kind,
        counted,
        case
            when limit_kind in ('rpm', 'tpm') then 'minute'
            when limit_kind = 'rph' then 'hour'
            else 'period'
        end as measured_over,
        limit_quantity,
        limit_from_at,
        limit_to_at,
        period_starts_at,
        period_ends_at,
        zone,
        case
            when limit_kind in ('rpm', 'tpm', 'rph') then greatest(period_starts_at, limit_from_at)
            else {{ quarter_hour('period_starts_at') }}
        end as counts_from_at,
        least(
            case
                when period_ends_at < limit_to_at then {{ quarter_hour('period_ends_at') }}
                else {{ quarter_hour_after('limit_to_at') }}
            end,
            as_of_at
        ) as counts_to_at,
        as_of_at,
        watermark
    from periods
    where
        period_starts_at < least(as_of_at, limit_to_at)
        and period_ends_at > greatest(limit_from_at, month_starts_at)
        and limit_quantity > 0
)

select * from final
