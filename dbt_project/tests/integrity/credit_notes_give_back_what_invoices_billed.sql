-- Late usage that was invoiced and came to less stands on a note, and nothing else does. What
-- moved from one step to another (it names no price row) is looked at with both its sides: they
-- stand on one document, add up to no quantity, and give back or charge what is between them,
-- which at the rate of the corrected document may be rounded to nothing.
with charges as (
    select
        *,
        tier_schedule_id <> '' and price_id = '' and contract_price_id = '' as is_moved,
        sum(contracted_amount) over (
            partition by
                organization_id, billing_month, service_month, terms_from_at, project_id, payer,
                model_id, meter, service_tier, region, price_id, contract_price_id,
                tier_schedule_id
        ) as moved_amount
    from {{ ref('int_rating__charges') }}
),

invoiced as (
    select organization_id from {{ source('catalog', 'billing_profiles') }}
    where tax_at = 'consumption'
)

select
    charge_id,
    billing_month,
    corrects_month,
    quantity
from charges
where
    corrects_month > billing_month
    or (corrects_month < billing_month) <> (
        service_month < billing_month
        and (payer = 'contract' or organization_id in (select organization_id from invoiced))
        and case
            when is_moved
                then moved_amount < 0 or (moved_amount = 0 and corrects_month < billing_month)
            else charged_quantity < 0 or (charged_quantity = 0 and quantity < 0)
        end
    )
union all
select
    model_id as charge_id,
    billing_month,
    corrects_month,
    quantity
from {{ ref('fct_invoice_lines') }}
where
    corrects_month < billing_month
    and (tier_schedule_id = '' or price_id <> '' or contract_price_id <> '')
    and (
        charged_quantity < 0
        or (charged_quantity = 0 and quantity <= 0)
        or line_amount < 0
    )
union all
select
    model_id as charge_id,
    billing_month,
    corrects_month,
    sum(quantity) as quantity
from {{ ref('fct_invoice_lines') }}
where tier_schedule_id <> '' and price_id = '' and contract_price_id = ''
group by
    {{ document_key() }}, service_month, terms_from_at, model_id, meter, service_tier,
    tier_schedule_id
having
    sum(quantity) <> 0
    or sum(charged_quantity) <> 0
    or (payment_mode = 'enterprise' and sum(exact_amount) < 0)
