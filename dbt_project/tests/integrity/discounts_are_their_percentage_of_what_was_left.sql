-- On documents, and on each charge before rounding.
with minor_units as (
    select * from {{ source('catalog', 'minor_unit') }}
)

select
    allowances.discount_id,
    cast(allowances.base_amount as decimal(38, 12)) as base_amount,
    cast(allowances.discount_amount as decimal(38, 12)) as discount_amount
from {{ ref('fct_invoice_discounts') }} as allowances
inner join minor_units on allowances.currency = minor_units.currency
where
    allowances.discount_kind = 'percent'
    and allowances.discount_amount
    <> {{ rounded('allowances.base_amount * allowances.discount_pct', 'minor_units.digits') }}
union all
select
    discount_id,
    base_amount,
    discount_amount
from {{ ref('int_rating__discounts') }}
where
    discount_amount <> round(base_amount * discount_pct, 12)
    or abs(discount_amount) > abs(base_amount)
