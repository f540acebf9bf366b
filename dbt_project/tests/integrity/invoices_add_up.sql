-- Subtotal, discount, taxable, tax and total of a document are sums, never rounded again.
with lines as (
    select
        {{ document_key() }},
        sum(line_amount) as amount
    from {{ ref('fct_invoice_lines') }}
    group by {{ document_key() }}
),

allowances as (
    select
        {{ document_key() }},
        sum(discount_amount) as amount
    from {{ ref('fct_invoice_discounts') }}
    group by {{ document_key() }}
)

select invoices.*
from {{ ref('fct_invoices') }} as invoices
left join lines using ({{ document_key() }})
left join allowances using ({{ document_key() }})
where
    invoices.subtotal_amount <> coalesce(lines.amount, 0)
    or invoices.discount_amount <> coalesce(allowances.amount, 0)
    or invoices.taxable_amount <> invoices.subtotal_amount - invoices.discount_amount
    or invoices.total_amount <> invoices.taxable_amount + invoices.tax_amount
    or invoices.rounding_amount
    <> cast(invoices.taxable_amount as decimal(38, 12)) - invoices.exact_net_amount
