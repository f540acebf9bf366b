-- To the last digit: the parts to the change, the change to both months, models to their
-- organization, and the month to what was charged in it.
with parts as (
    select
        organization_id,
        billing_month,
        '' as model_id,
        * exclude (organization_id, billing_month)
    from {{ ref('cost_change_monthly') }}
    union all by name
    select * from {{ ref('cost_change_by_model') }}
),

costs as (
    select
        organization_id,
        billing_month,
        sum(net_amount) as net_amount
    from {{ ref('cost_monthly') }}
    where billing_month in ({{ billing_month() }}, {{ previous_month() }})
    group by organization_id, billing_month
),

compared as (
    select
        changes.*,
        coalesce(before.net_amount, 0) as cost_before,
        coalesce(after.net_amount, 0) as cost_after,
        coalesce(by_model.net_change_amount, 0) as change_by_model
    from {{ ref('cost_change_monthly') }} as changes
    left join costs as before
        on
            changes.organization_id = before.organization_id
            and before.billing_month = {{ previous_month() }}
    left join costs as after
        on
            changes.organization_id = after.organization_id
            and after.billing_month = {{ billing_month() }}
    left join (
        select
            organization_id,
            sum(net_change_amount) as net_change_amount
        from {{ ref('cost_change_by_model') }}
        where billing_month = {{ billing_month() }}
        group by organization_id
    ) as by_model
        on changes.organization_id = by_model.organization_id
    where changes.billing_month = {{ billing_month() }}
)

select
    organization_id,
    model_id
from parts
where
    net_change_amount <> net_amount - previous_net_amount
    or net_change_amount
    <> volume_change_amount + mix_change_amount + price_change_amount + discount_change_amount
union all
select
    organization_id,
    '' as model_id
from compared
where
    net_amount <> cost_after
    or net_change_amount <> change_by_model
    or (comparison = 'previous_month' and previous_net_amount <> cost_before)
    or (comparison <> 'previous_month' and previous_net_amount <> 0)
