{{ config(materialized='view') }}

-- What earlier credit notes left of each invoice that this month's may correct, and the least it
-- has to come to.
with terms as (
    select
        organization_id,
        invoice_month,
        period,
        sum(committed_amount - billed_before_amount) as target_amount
    from {{ ref('int_invoicing__spend_terms') }}
    where is_due and invoice_month < billing_month and term_kind = 'minimum'
    group by organization_id, invoice_month, period
),

minima as (
    select
        organization_id,
        invoice_month,
        cast(greatest(max(target_amount), 0) as decimal(28, 3)) as target_amount
    from terms
    group by organization_id, invoice_month
),

taxes as (
    select
        organization_id,
        payment_mode,
        corrects_month,
        cast(sum(taxable_left_amount) as decimal(28, 3)) as left_amount
    from {{ source('books', 'corrected_tax') }}
    where billing_month = {{ billing_month() }}
    group by organization_id, payment_mode, corrects_month
),

allowances as (
    select
        organization_id,
        payment_mode,
        corrects_month,
        cast(
            sum(case when allowance_kind = 'maximum' then left_amount else 0 end)
            as decimal(28, 3)
        ) as maximum_amount,
        cast(
            sum(case when allowance_kind = 'credit' then left_amount else 0 end)
            as decimal(28, 3)
        ) as credit_amount
    from {{ source('books', 'corrected_allowance') }}
    where billing_month = {{ billing_month() }}
    group by organization_id, payment_mode, corrects_month
),

invoices as (
    select
        organization_id,
        {{ mode_of('payer') }} as payment_mode,
        corrects_month,
        max(notes) as notes
    from {{ source('books', 'corrected_document') }}
    where billing_month = {{ billing_month() }}
    group by organization_id, payer, corrects_month
),

final as (
    select
        invoices.organization_id,
        {{ billing_month() }} as billing_month,
        invoices.payment_mode,
        invoices.corrects_month,
        taxes.left_amount,
        cast(coalesce(minima.target_amount, 0) as decimal(28, 3)) as minimum_amount,
        cast(coalesce(allowances.maximum_amount, 0) as decimal(28, 3)) as maximum_amount,
        cast(coalesce(allowances.credit_amount, 0) as decimal(28, 3)) as credit_amount,
        cast(invoices.notes as integer) as notes
    from invoices
    inner join taxes using (organization_id, payment_mode, corrects_month)
    left join allowances using (organization_id, payment_mode, corrects_month)
    left join minima
        on
            invoices.organization_id = minima.organization_id
            and invoices.corrects_month = minima.invoice_month
            and invoices.payment_mode = 'enterprise'
)

select * from final
