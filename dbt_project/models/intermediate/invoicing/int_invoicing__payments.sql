{{ config(materialized='view') }}

-- What purchased and committed balances pay of each total, the one that expires first first.
with totals as (
    select
        {{ document_key() }},
        cast(greatest(sum(taxable_amount + tax_amount), 0) as decimal(28, 3)) as total_amount
    from {{ ref('fct_invoice_taxes') }}
    where
        billing_month = {{ billing_month() }}
        and payment_mode <> 'prepaid'
        and corrects_month = billing_month
    group by {{ document_key() }}
),

documents as (
    select
        *,
        {{ reach('total_amount', 'organization_id', 'payment_mode') }}
    from totals
),

credits as (
    select * from {{ ref('int_invoicing__available_credits') }}
    where is_payment
),

final as (
    select {{ credit_use('credits', 'documents') }}
    from documents
    inner join credits on documents.organization_id = credits.organization_id
    where {{ drawn('credits', 'documents') }} > 0
)

select * from final
