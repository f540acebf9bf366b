with counted as (
    select
        organization_id,
        billing_month,
        meter,
        quantity
    from {{ ref('int_rating__billable') }}
    union all
    select
        organization_id,
        billing_month,
        meter,
        -quantity as quantity
    from {{ ref('int_rating__charges') }}
    union all
    select
        organization_id,
        billing_month,
        meter,
        -quantity as quantity
    from {{ ref('int_rating__unpriced') }}
)

select
    organization_id,
    billing_month,
    meter,
    sum(quantity) as lost
from counted
group by organization_id, billing_month, meter
having sum(quantity) <> 0
