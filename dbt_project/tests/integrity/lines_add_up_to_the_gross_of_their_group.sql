-- The gross is the exact lines of a tax group, rounded once half away from zero.
with lines as (
    select
        {{ document_key() }},
        tax_category,
        tax_rate,
        currency,
        sum(line_amount) as line_amount,
        sum(exact_amount) as exact_amount
    from {{ ref('fct_invoice_lines') }}
    group by {{ document_key() }}, tax_category, tax_rate, currency
),

minor_units as (
    select * from {{ source('catalog', 'minor_unit') }}
)

select
    lines.*,
    taxes.gross_amount
from lines
inner join minor_units on lines.currency = minor_units.currency
left join {{ ref('fct_invoice_taxes') }} as taxes
    using ({{ document_key() }}, tax_category, tax_rate)
where
    taxes.gross_amount is distinct from lines.line_amount
    or lines.line_amount <> {{ rounded('lines.exact_amount', 'minor_units.digits') }}
