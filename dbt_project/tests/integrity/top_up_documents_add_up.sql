-- Each top-up that is invoiced or receipted has one document of its net, all paid, with the tax of
-- its rate; notes give back no more than was refunded. One without any document, as its day has no
-- tax rate, is the second engine's to name: it holds back its organization alone, this test every
-- one.
with documents as (
    select * from {{ ref('fct_top_up_documents') }}
    where billing_month = {{ billing_month() }}
),

due as (
    select * from {{ source('books', 'top_up_due') }}
    where billing_month = {{ billing_month() }}
),

refunds as (
    select
        organization_id,
        cast(sum(refunded_amount) as decimal(28, 3)) as refunded_amount
    from {{ ref('prepaid_lots') }}
    where billing_month = {{ billing_month() }}
    group by organization_id
),

notes as (
    select
        organization_id,
        cast(sum(net_amount) as decimal(28, 3)) as net_amount
    from documents
    where document_kind = 'credit_note'
    group by organization_id
)

select
    due.top_up_id as subject,
    'no invoice of its amount' as what
from due
left join {{ source('catalog', 'top_ups') }} as top_ups on due.top_up_id = top_ups.top_up_id
inner join documents
    on due.top_up_id = documents.top_up_id and documents.document_kind <> 'credit_note'
where documents.net_amount is distinct from top_ups.amount or documents.amount_due <> 0
union all
select
    documents.top_up_id as subject,
    'invoiced without being due' as what
from documents
left join due on documents.top_up_id = due.top_up_id
where documents.document_kind <> 'credit_note' and due.top_up_id is null
union all
select
    top_up_id as subject,
    'tax or total' as what
from documents
where
    total_amount <> net_amount + tax_amount
    or (
        document_kind <> 'credit_note'
        and tax_amount
        <> {{ rounded('cast(net_amount * tax_rate as decimal(38, 9))', 'minor_digits') }}
    )
union all
select
    notes.organization_id as subject,
    'more given back than refunded' as what
from notes
left join refunds on notes.organization_id = refunds.organization_id
where notes.net_amount > coalesce(refunds.refunded_amount, 0)
