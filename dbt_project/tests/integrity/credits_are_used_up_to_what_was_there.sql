-- What documents used of a credit, with what earlier months used, is never more than was granted,
-- and is what allowances and payments take.
with uses as (
    select
        {{ document_key() }},
        cast(
            sum(case when credit_kind in ('purchased', 'committed') then 0 else used_amount end)
            as decimal(28, 3)
        ) as taken_amount,
        cast(
            sum(case when credit_kind in ('purchased', 'committed') then used_amount else 0 end)
            as decimal(28, 3)
        ) as paid_amount
    from {{ ref('fct_credit_uses') }}
    group by {{ document_key() }}
),

allowances as (
    select
        {{ document_key() }},
        cast(sum(discount_amount) as decimal(28, 3)) as taken_amount
    from {{ ref('fct_invoice_discounts') }}
    where discount_kind in ('coupon', 'promotional', 'service')
    group by {{ document_key() }}
)

select
    {{ document_key('invoices') }},
    'amounts' as what
from {{ ref('fct_invoices') }} as invoices
left join uses using ({{ document_key() }})
left join allowances using ({{ document_key() }})
where
    coalesce(uses.taken_amount, 0) <> coalesce(allowances.taken_amount, 0)
    or (
        invoices.payment_mode <> 'prepaid'
        and invoices.amount_due <> invoices.total_amount - coalesce(uses.paid_amount, 0)
    )
union all
select
    {{ document_key() }},
    'grant' as what
from {{ ref('fct_credit_uses') }}
where
    used_amount <= 0
    or used_amount > available_amount
    or available_amount > granted_amount
