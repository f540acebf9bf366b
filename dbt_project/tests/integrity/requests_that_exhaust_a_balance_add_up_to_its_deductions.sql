-- By key and model, to the last digit. What stands at the beginning of a month has requests in
-- earlier months, or none.
with hours as (
    select
        hours.organization_id,
        hours.quarter_hour
    from {{ ref('int_prepaid__exhausted_hours') }} as hours
    inner join {{ ref('int_prepaid__accounts') }} as accounts
        on hours.organization_id = accounts.organization_id
    where hours.quarter_hour > accounts.starts_at
),

deducted as (
    select
        deductions.organization_id,
        deductions.quarter_hour,
        deductions.api_key_id,
        deductions.model_id,
        deductions.amount
    from {{ ref('int_prepaid__deductions') }} as deductions
    inner join hours using (organization_id, quarter_hour)
),

requested as (
    select
        requests.organization_id,
        requests.quarter_hour,
        requests.api_key_id,
        requests.model_id,
        sum(requests.amount) as amount
    from {{ ref('int_prepaid__exhausting_requests') }} as requests
    inner join hours using (organization_id, quarter_hour)
    group by all
)

select
    organization_id,
    quarter_hour,
    api_key_id,
    model_id,
    deducted.amount as deducted_amount,
    requested.amount as requested_amount
from deducted
full outer join requested using (organization_id, quarter_hour, api_key_id, model_id)
where coalesce(deducted.amount, 0) <> coalesce(requested.amount, 0)
