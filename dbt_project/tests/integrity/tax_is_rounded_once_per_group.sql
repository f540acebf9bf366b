with minor_units as (
    select * from {{ source('catalog', 'minor_unit') }}
)

select taxes.*
from {{ ref('fct_invoice_taxes') }} as taxes
inner join minor_units on taxes.currency = minor_units.currency
where
    taxes.taxable_amount <> taxes.gross_amount - taxes.discount_amount
    or taxes.tax_amount
    <> {{ rounded('taxes.taxable_amount * taxes.tax_rate', 'minor_units.digits') }}
