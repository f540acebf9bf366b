-- What a period used beyond what its plan includes, as of the files of each month that billed it up
-- to the one being built, and what that month differs by from the one before.
with parts as (
    select * from {{ ref('int_subscriptions__overage_parts') }}
),

terms as (
    select * from {{ source('catalog', 'plan_overages') }}
),

marks as (
    select
        subscription_id,
        period_first_date,
        billing_month as charged_month,
        up_to_sequence
    from parts
    union all
    select
        parts.subscription_id,
        parts.period_first_date,
        routes.billing_month as charged_month,
        routes.up_to_sequence
    from parts
    inner join {{ source('books', 'late_route') }} as routes
        on
            parts.organization_id = routes.organization_id
            and parts.service_month = routes.service_month
            and parts.billing_month > routes.billing_month
),

used as (
    select
        marks.subscription_id,
        marks.period_first_date,
        counted.plan_overage_id,
        marks.charged_month,
        cast(sum(counted.quantity) as bigint) as used_quantity
    from marks
    inner join {{ ref('int_subscriptions__overage_usage') }} as counted
        on
            marks.subscription_id = counted.subscription_id
            and marks.period_first_date = counted.period_first_date
            and marks.up_to_sequence >= counted.ingest_sequence
    group by
        marks.subscription_id, marks.period_first_date, counted.plan_overage_id,
        marks.charged_month
),

included as (
    select
        used.*,
        cast({{ round_div(
            'cast(terms.included_quantity as hugeint) * parts.included_days', 'parts.period_days'
        ) }} as bigint) as included_quantity
    from used
    inner join parts
        on
            used.subscription_id = parts.subscription_id
            and used.period_first_date = parts.period_first_date
    inner join terms on used.plan_overage_id = terms.plan_overage_id
),

overages as (
    select
        *,
        cast(greatest(used_quantity - included_quantity, 0) as bigint) as over_quantity
    from included
),

final as (
    select
        subscription_id,
        period_first_date,
        plan_overage_id,
        charged_month,
        used_quantity,
        included_quantity,
        over_quantity,
        cast(lag(over_quantity, 1, 0) over in_order as bigint) as billed_before_quantity,
        cast(over_quantity - lag(over_quantity, 1, 0) over in_order as bigint)
            as difference_quantity
    from overages
    window in_order as (
        partition by subscription_id, period_first_date, plan_overage_id order by charged_month
    )
)

select * from final
