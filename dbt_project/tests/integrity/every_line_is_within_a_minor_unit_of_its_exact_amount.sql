with minor_units as (
    select * from {{ source('catalog', 'minor_unit') }}
)

select lines.*
from {{ ref('fct_invoice_lines') }} as lines
inner join minor_units on lines.currency = minor_units.currency
where
    abs(lines.line_amount - lines.exact_amount)
    >= 2 * {{ from_units('1', 'minor_units.digits') }}
