-- More than before is charged by this month. Less is taken off what earlier months charged and
-- still stands, the newest first, so that no month gives back more than it has.
with differences as (
    select * from {{ ref('int_subscriptions__overage_differences') }}
),

this_month as (
    select * from differences
    where charged_month = {{ billing_month() }}
),

-- Of what was beyond as of a month there stands what no month after it fell below.
standing as (
    select
        *,
        min(over_quantity) over (
            part order by charged_month rows between current row and unbounded following
        ) as up_to_quantity
    from differences
    where charged_month < {{ billing_month() }}
    window part as (partition by subscription_id, period_first_date, plan_overage_id)
),

shares as (
    select
        *,
        lag(up_to_quantity, 1, 0) over (
            partition by subscription_id, period_first_date, plan_overage_id order by charged_month
        ) as from_quantity
    from standing
),

given_back as (
    select
        this_month.* exclude (charged_month),
        shares.charged_month,
        shares.up_to_quantity - shares.from_quantity
        - least(shares.up_to_quantity, this_month.over_quantity)
        + least(shares.from_quantity, this_month.over_quantity) as quantity
    from this_month
    inner join shares using (subscription_id, period_first_date, plan_overage_id)
    where this_month.difference_quantity < 0
),

shared as (
    select
        *,
        difference_quantity as quantity
    from this_month
    where difference_quantity > 0
    union all by name
    select * from given_back
    where quantity > 0
),

final as (
    select
        subscription_id,
        period_first_date,
        plan_overage_id,
        charged_month,
        used_quantity,
        included_quantity,
        billed_before_quantity,
        cast(quantity as bigint) as quantity
    from shared
)

select * from final
