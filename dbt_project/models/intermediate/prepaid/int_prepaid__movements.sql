{{ config(materialized='view') }}

-- What people did, what usage came to, and what credit notes gave back of it. A movement that was
-- dated into a month that is closed takes effect as this one begins.
with accounts as (
    select * from {{ ref('int_prepaid__accounts') }}
),

late_movements as (
    select
        organization_id,
        movement_id,
        entry_kind
    from {{ source('books', 'late_movement') }}
    where billing_month = {{ billing_month() }}
),

corrected_documents as (
    select distinct
        organization_id,
        corrects_month,
        number
    from {{ source('books', 'corrected_document') }}
    where billing_month = {{ billing_month() }} and payer = 'balance'
),

documents as (
    select
        invoices.organization_id,
        coalesce(corrected.number, '') as reference,
        case
            when invoices.corrects_month < invoices.billing_month then 'credit_note'
            else 'consumption'
        end as entry_kind,
        -{{ as_shown('total_amount', 'invoices') }} as amount
    from {{ ref('fct_invoices') }} as invoices
    left join corrected_documents as corrected
        on
            invoices.organization_id = corrected.organization_id
            and invoices.corrects_month = corrected.corrects_month
            and invoices.corrects_month < invoices.billing_month
    where invoices.billing_month = {{ billing_month() }} and invoices.payment_mode = 'prepaid'
),

acts as (
    {{ balance_acts() }}
),

placed as (
    select
        acts.* replace (greatest(acts.entry_at, accounts.starts_at) as entry_at),
        accounts.currency
    from acts
    inner join accounts on acts.organization_id = accounts.organization_id
    left join late_movements as late
        on
            acts.organization_id = late.organization_id
            and acts.movement_id = late.movement_id
            and acts.entry_kind = late.entry_kind
    where
        acts.entry_at < accounts.ends_at
        and (acts.entry_at >= accounts.starts_at or late.movement_id is not null)
),

final as (
    select
        organization_id,
        1 as place,
        'opening' as entry_kind,
        starts_at as entry_at,
        '' as reference,
        opening_amount as amount,
        currency,
        '' as movement_id,
        '' as lot_kind,
        cast(null as timestamp) as expires_at
    from accounts
    union all by name
    select * from placed
    union all by name
    select
        accounts.organization_id,
        3 as place,
        coalesce(documents.entry_kind, 'consumption') as entry_kind,
        accounts.ends_at as entry_at,
        coalesce(documents.reference, '') as reference,
        cast(coalesce(documents.amount, 0) as decimal(28, 3)) as amount,
        accounts.currency,
        '' as movement_id,
        '' as lot_kind,
        cast(null as timestamp) as expires_at
    from accounts
    left join documents on accounts.organization_id = documents.organization_id
)

select * from final
