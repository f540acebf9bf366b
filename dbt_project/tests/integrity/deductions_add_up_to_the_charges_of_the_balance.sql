-- To the last digit, by organization: each charge with its tax, where usage is taxed, rounded once
-- by the engine itself; and the documents round exactly what was charged.
with deducted as (
    select
        organization_id,
        sum(amount) as amount
    from {{ ref('fct_prepaid_deductions') }}
    where billing_month = {{ billing_month() }}
    group by organization_id
),

rates as (
    select
        profiles.organization_id,
        rates.service_month,
        rates.tax_rate
    from {{ source('catalog', 'billing_profiles') }} as profiles
    inner join {{ source('catalog', 'tax_rate_of_month') }} as rates
        on profiles.tax_treatment_id = rates.tax_treatment_id
    where profiles.tax_at = 'consumption'
),

charges as (
    select
        charges.organization_id,
        charges.net_amount,
        cast(coalesce(rates.tax_rate, 0) as decimal(9, 6)) as tax_rate
    from {{ ref('int_rating__charges') }} as charges
    left join rates
        on
            charges.organization_id = rates.organization_id
            and charges.service_month = rates.service_month
    where charges.billing_month = {{ billing_month() }} and charges.payer = 'balance'
    union all
    select
        organization_id,
        {{ as_shown('exact_net_amount') }} as net_amount,
        tax_rate
    from {{ ref('int_invoicing__adjustments') }}
    where payment_mode = 'prepaid'
),

charged as (
    select
        organization_id,
        sum(net_amount) as net_amount,
        sum(round(cast(net_amount as decimal(28, 12)) * (1 + tax_rate), 12)) as amount
    from charges
    group by organization_id
),

stated as (
    select
        organization_id,
        sum({{ as_shown('exact_net_amount') }}) as amount
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
    or coalesce(charged.net_amount, 0) <> coalesce(stated.amount, 0)
