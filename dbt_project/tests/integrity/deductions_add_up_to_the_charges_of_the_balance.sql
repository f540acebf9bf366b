-- To the last digit, by organization; and the statement rounds exactly what was deducted.
with deducted as (
    select
        organization_id,
        sum(amount) as amount
    from {{ ref('fct_prepaid_deductions') }}
    where billing_month = {{ billing_month() }}
    group by organization_id
),

charges as (
    select
        organization_id,
        net_amount
    from {{ ref('int_rating__charges') }}
    where billing_month = {{ billing_month() }} and payer = 'balance'
    union all
    select
        organization_id,
        exact_net_amount as net_amount
    from {{ ref('int_invoicing__adjustments') }}
    where payment_mode = 'prepaid'
),

charged as (
    select
        organization_id,
        sum(net_amount) as amount
    from charges
    group by organization_id
),

stated as (
    select
        organization_id,
        sum(exact_net_amount) as amount
    from {{ ref('fct_invoices') }}
    where billing_month = {{ billing_month() }} and payment_mode = 'prepaid'
    group by organization_id
)

select
    coalesce(deducted.organization_id, charged.organization_id) as organization_id,
    deducted.amount as deducted_amount,
    charged.amount as charged_amount,
    stated.amount as stated_amount
from deducted
full outer join charged on deducted.organization_id = charged.organization_id
left join stated on charged.organization_id = stated.organization_id
where
    coalesce(deducted.amount, 0) <> coalesce(charged.amount, 0)
    or coalesce(charged.amount, 0) <> coalesce(stated.amount, 0)
