-- Each percent discount of each charge, with what the ones before it left.
with charges as (
    {{ with_model(ref('int_rating__charges')) }}
    where used.billing_month = {{ billing_month() }}
),

contracts as (
    {{ contract_discounts() }}
),

discounted as (
    select
        charges.charge_id,
        charges.organization_id,
        charges.billing_month,
        charges.contracted_amount,
        {{ discounts_of('charges') }} as discounts
    from charges
    inner join contracts using (organization_id, contract_id)
),

steps as (
    select
        *,
        unnest(range(1, len(discounts) + 1)) as step
    from discounted
),

final as (
    select
        charge_id,
        organization_id,
        billing_month,
        discounts[step].discount_id as discount_id,
        cast(step as integer) as step,
        discounts[step].discount_pct as discount_pct,
        {{ after_discounts('contracted_amount', 'discounts[1:step - 1]') }} -- noqa: PRS
            as base_amount,
        cast(
            base_amount - {{ after_discounts('contracted_amount', 'discounts[1:step]') }}
            as decimal(38, 12)
        ) as discount_amount
    from steps
)

select * from final
