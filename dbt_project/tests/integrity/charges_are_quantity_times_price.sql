select *
from {{ ref('int_rating__charges') }}
where
    list_amount <> cast(quantity * list_price as decimal(38, 12))
    or contracted_amount <> cast(charged_quantity // package_size * unit_price as decimal(38, 12))
    or charged_quantity % package_size <> 0
    or (package_size = 1 and charged_quantity <> quantity)
    or (allowance_id <> '' and unit_price <> 0)
    or net_amount <> contracted_amount - discount_amount
    or list_price <> {{ unit_price(
        'list_unit_price', 'exchange_rate', 'uplift_pct', digits=price_digits('price_currency')
    ) }}
