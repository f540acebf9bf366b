{{ config(materialized='view') }}

-- A refund gives back from the invoice of each top-up what was paid back of its lot. What no lot
-- held, because later usage had been unknown, comes from the oldest invoices with anything left.
-- An earlier top-up is as it was invoiced: the catalog may have another by now, or none.
with lots as (
    select * from {{ ref('int_prepaid__rounded_lots') }}
    where refunded_amount > 0
),

invoices as (
    select
        organization_id,
        top_up_id,
        corrects_month as billed_month,
        occurred_at,
        reference,
        currency,
        number,
        issue_date,
        tax_category,
        tax_rate,
        exemption_code,
        exemption_reason,
        taxable_left_amount,
        tax_left_amount
    from {{ source('books', 'top_up_invoice') }}
    where billing_month = {{ billing_month() }}
    union all
    select
        organization_id,
        top_up_id,
        billed_month,
        occurred_at,
        reference,
        currency,
        number,
        issue_date,
        tax_category,
        tax_rate,
        exemption_code,
        exemption_reason,
        net_amount as taxable_left_amount,
        tax_amount as tax_left_amount
    from {{ ref('int_prepaid__top_up_invoices') }}
    where document_kind = 'top_up_invoice'
),

of_lots as (
    select
        invoices.*,
        cast(
            least(coalesce(lots.refunded_amount, 0), invoices.taxable_left_amount)
            as decimal(28, 3)
        ) as lot_amount,
        cast(coalesce(beyond.refunded_amount, 0) as decimal(28, 3)) as beyond_amount
    from invoices
    left join lots
        on
            invoices.organization_id = lots.organization_id
            and invoices.top_up_id = lots.lot_id
    left join lots as beyond
        on invoices.organization_id = beyond.organization_id and beyond.lot_kind = 'open'
),

in_order as (
    select
        *,
        cast(coalesce(sum(taxable_left_amount - lot_amount) over (
            partition by organization_id order by occurred_at, top_up_id
            rows between unbounded preceding and 1 preceding
        ), 0) as decimal(28, 3)) as before_amount
    from of_lots
),

final as (
    select
        * exclude (lot_amount, beyond_amount, before_amount),
        cast(
            lot_amount + greatest(
                least(taxable_left_amount - lot_amount, beyond_amount - before_amount),
                cast(0 as decimal(28, 3))
            ) as decimal(28, 3)
        ) as refunded_amount
    from in_order
)

select * from final
where refunded_amount > 0
