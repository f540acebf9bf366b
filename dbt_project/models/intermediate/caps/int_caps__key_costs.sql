{{ config(materialized='table') }}

-- Charges are of projects; what a key cost is its share of the quantity that each was made of. In
-- order of their keys, each gets what the running share of the amount grew by, so that the parts
-- add up to the charge to the last digit. Balances are told apart by key already.
with limited as (
    {{ organizations_held_to_money() }}
),

charges as (
    select
        {{ deducted_charge() | replace("billed_model_id", "model_id as billed_model_id")
            | replace("price_context_band", "context_band as price_context_band") }},
        cast(sum(net_amount) as decimal(38, 12)) as net_amount
    from {{ ref('int_rating__charges') }}
    inner join limited using (organization_id)
    where billing_month = {{ billing_month() }} and payer = 'contract'
    group by all
),

cells as (
    select distinct
        {{ share_grain() }},
        price_context_band,
        price_id,
        contract_id,
        contract_price_id,
        uplift_id
    from {{ ref('int_rating__priced') }}
    inner join limited using (organization_id)
    where billing_month = {{ billing_month() }} and payer = 'contract'
),

usage as (
    {{ usage_of_contract_keys() }}
),

used as (
    select
        {{ deducted_charge('charges') }},
        charges.net_amount,
        coalesce(usage.api_key_id, '') as api_key_id,
        cast(sum(coalesce(usage.quantity, 0)) as hugeint) as quantity
    from charges
    left join cells using ({{ deducted_charge() }}) -- noqa: ST11
    left join usage using ({{ share_grain() }})
    group by all
),

running as (
    select
        *,
        cast(sum(quantity) over charge as hugeint) as used_in_all,
        cast(sum(quantity) over in_order as hugeint) as used_so_far,
        row_number() over in_order = 1 as is_first
    from used
    window
        charge as (partition by {{ deducted_charge() }}),
        in_order as (charge order by api_key_id rows unbounded preceding)
),

-- Usage that came to nothing in sum has no shares: nobody's key bears what there is.
shares as (
    select
        organization_id,
        case when used_in_all = 0 then '' else api_key_id end as api_key_id,
        billed_model_id as model_id,
        case
            when used_in_all = 0 and is_first then net_amount
            when used_in_all = 0 then 0
            else {{ from_pico(
                pico_share('net_amount', 'used_so_far', 'used_in_all') ~ ' - '
                ~ pico_share('net_amount', 'used_so_far - quantity', 'used_in_all')
            ) }}
        end as amount
    from running
    union all
    select
        organization_id,
        api_key_id,
        model_id,
        amount
    from {{ ref('int_prepaid__deductions') }}
    inner join limited using (organization_id)
),

final as (
    select
        organization_id,
        api_key_id,
        model_id,
        cast(sum(amount) as decimal(38, 12)) as amount
    from shares
    group by organization_id, api_key_id, model_id
)

select * from final
