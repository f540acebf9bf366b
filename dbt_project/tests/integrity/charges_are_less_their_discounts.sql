-- What a charge's discounts take off together is what each of them takes off.
with steps as (
    select
        charge_id,
        billing_month,
        sum(discount_amount) as discount_amount
    from {{ ref('int_rating__discounts') }}
    group by charge_id, billing_month
)

select
    charges.charge_id,
    charges.discount_amount,
    steps.discount_amount as of_steps
from {{ ref('int_rating__charges') }} as charges
full join steps using (charge_id, billing_month)
where charges.discount_amount is distinct from coalesce(steps.discount_amount, 0)
