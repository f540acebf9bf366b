with recursive charges as (
    {{ with_model(ref('int_rating__gross_charges')) }}
    where used.billing_month = {{ billing_month() }}
),

discounts as (
    select * from {{ source('catalog', 'discounts') }}
),

applicable as (
    select
        charges.charge_id,
        charges.organization_id,
        charges.billing_month,
        discounts.discount_id,
        discounts.discount_pct,
        charges.contracted_amount,
        row_number() over (
            partition by charges.charge_id order by discounts.priority, discounts.discount_id
        ) as step
    from charges
    inner join discounts
        on
            charges.organization_id = discounts.organization_id
            and {{ in_discount_scope('discounts', 'charges') }}
),

steps as (
    select
        charge_id,
        organization_id,
        billing_month,
        discount_id,
        step,
        discount_pct,
        contracted_amount as base_amount,
        cast(round(contracted_amount * discount_pct, 12) as decimal(38, 12)) as discount_amount
    from applicable
    where step = 1
    union all
    select
        coming.charge_id,
        coming.organization_id,
        coming.billing_month,
        coming.discount_id,
        coming.step,
        coming.discount_pct,
        cast(steps.base_amount - steps.discount_amount as decimal(38, 12)) as base_amount,
        cast(
            round(
                cast(steps.base_amount - steps.discount_amount as decimal(38, 12))
                * coming.discount_pct, 12
            ) as decimal(38, 12)
        ) as discount_amount
    from steps
    inner join applicable as coming
        on steps.charge_id = coming.charge_id and steps.step + 1 = coming.step
),

final as (
    select
        charge_id,
        organization_id,
        billing_month,
        discount_id,
        cast(step as integer) as step,
        discount_pct,
        base_amount,
        discount_amount
    from steps
)

select * from final
