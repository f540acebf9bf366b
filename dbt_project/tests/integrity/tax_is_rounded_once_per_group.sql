-- The tax of a credit note is what the tax of its invoice falls by, so it may be one minor unit off.
with minor_units as (
    select
        *,
        {{ from_units('1', 'digits') }} as one_unit
    from {{ source('catalog', 'minor_unit') }}
),

taxes as (
    select
        *,
        {{ rounded('taxable_amount * tax_rate', 'minor_units.digits') }} as rounded_amount
    from {{ ref('fct_invoice_taxes') }}
    inner join minor_units using (currency)
)

select *
from taxes
where
    taxable_amount <> gross_amount - discount_amount
    or abs(tax_amount - rounded_amount)
    > case when corrects_month < billing_month then one_unit else 0 end
