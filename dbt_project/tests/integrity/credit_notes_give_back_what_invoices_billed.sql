-- Late usage below zero that was invoiced stands on a note, and nothing else does.
select
    charge_id,
    billing_month,
    corrects_month,
    quantity
from {{ ref('int_rating__charges') }}
where
    corrects_month > billing_month
    or (corrects_month < billing_month)
    <> (quantity < 0 and service_month < billing_month and payer = 'contract')
union all
select
    model_id as charge_id,
    billing_month,
    corrects_month,
    quantity
from {{ ref('fct_invoice_lines') }}
where corrects_month < billing_month and (quantity <= 0 or line_amount < 0)
