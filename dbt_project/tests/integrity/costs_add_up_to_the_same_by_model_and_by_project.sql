with by_model as (
    select
        organization_id,
        billing_month,
        sum(net_amount) as net_amount,
        sum(requests) as requests
    from {{ ref('cost_monthly') }}
    group by organization_id, billing_month
),

by_project as (
    select
        organization_id,
        billing_month,
        sum(net_amount) as net_amount,
        sum(requests) as requests
    from {{ ref('cost_by_project') }}
    group by organization_id, billing_month
)

select
    organization_id,
    billing_month
from by_model
full outer join by_project using (organization_id, billing_month)
where
    by_model.net_amount is distinct from by_project.net_amount
    or by_model.requests is distinct from by_project.requests
