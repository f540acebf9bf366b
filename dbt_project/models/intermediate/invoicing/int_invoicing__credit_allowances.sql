{{ config(materialized='view') }}

with nets as (
    select
        {{ document_key() }},
        cast(greatest(sum(net_amount), 0) as decimal(28, 3)) as net_amount
    from {{ ref('int_invoicing__group_nets') }}
    where billing_month = {{ billing_month() }} and corrects_month = billing_month
    group by {{ document_key() }}
),

documents as (
    select
        *,
        {{ reach('net_amount', 'organization_id', 'payment_mode') }}
    from nets
),

credits as (
    select * from {{ ref('int_invoicing__available_credits') }}
    where not is_payment
),

final as (
    select {{ credit_use('credits', 'documents') }}
    from documents
    inner join credits on documents.organization_id = credits.organization_id
    where {{ drawn('credits', 'documents') }} > 0
)

select * from final
