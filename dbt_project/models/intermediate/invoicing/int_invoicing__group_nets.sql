-- What fixed allowances are spread over: each tax group of a document after percent discounts. What
-- a balance paid has none, a note on it may. A small table, for much that comes after asks for it.
with final as (
    select
        {{ document_key() }},
        tax_category,
        tax_rate,
        cast(sum(net_amount) as decimal(28, 3)) as net_amount,
        currency
    from {{ ref('int_invoicing__line_nets') }}
    where payment_mode <> 'prepaid' or corrects_month < billing_month
    group by {{ document_key() }}, tax_category, tax_rate, currency
)

select * from final
