with gross_charges as (
    select * from {{ ref('int_rating__gross_charges') }}
    where billing_month = {{ billing_month() }}
),

discounts as (
    select
        charge_id,
        cast(sum(discount_amount) as decimal(38, 12)) as discount_amount
    from {{ ref('int_rating__discounts') }}
    where billing_month = {{ billing_month() }}
    group by charge_id
),

final as (
    select
        gross_charges.*,
        cast(coalesce(discounts.discount_amount, 0) as decimal(38, 12)) as discount_amount,
        cast(
            gross_charges.contracted_amount
            - cast(coalesce(discounts.discount_amount, 0) as decimal(38, 12)) as decimal(38, 12)
        ) as net_amount
    from gross_charges
    left join discounts on gross_charges.charge_id = discounts.charge_id
)

select * from final
