select
    organization_id,
    billing_month
from {{ ref('fct_prepaid_entries') }}
group by organization_id, billing_month
having sum(case when entry_kind = 'closing' then -amount else amount end) <> 0
