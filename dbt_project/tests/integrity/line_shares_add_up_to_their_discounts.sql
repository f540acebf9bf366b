with shares as (
    select
        {{ document_key() }},
        discount_id,
        tax_category,
        tax_rate,
        sum(discount_amount) as discount_amount
    from {{ ref('int_invoicing__line_discounts') }}
    group by {{ document_key() }}, discount_id, tax_category, tax_rate
)

select
    shares.*,
    allowances.discount_amount as allowance_amount
from shares
left join {{ ref('fct_invoice_discounts') }} as allowances
    using ({{ document_key() }}, discount_id, tax_category, tax_rate)
where shares.discount_amount <> coalesce(allowances.discount_amount, 0)
