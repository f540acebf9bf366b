{{ config(materialized='view') }}

-- The months whose invoices spend terms bind here: the month itself, for whoever has a term, and
-- those that its credit notes correct.
with corrected as (
    select distinct
        organization_id,
        corrects_month as invoice_month
    from {{ ref('int_rating__charges') }}
    where billing_month = {{ billing_month() }} and corrects_month < billing_month
    union distinct
    select
        organization_id,
        corrects_month as invoice_month
    from {{ ref('int_invoicing__adjustments') }}
    where corrects_month < billing_month
),

months as (
    select distinct
        organization_id,
        {{ billing_month() }} as invoice_month
    from {{ source('catalog', 'spend_terms') }}
    union all
    select * from corrected
),

final as (
    select
        organization_id,
        {{ billing_month() }} as billing_month,
        invoice_month,
        cast(invoice_month + interval '1 month' as date) as following_month
    from months
)

select * from final
