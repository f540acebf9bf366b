{{ config(materialized='table') }}

-- Each charge of a balance, spread over the usage that made it in order of time: a quarter hour
-- gets what the running share grew by, so parts add up to the last digit, and a plain price gives
-- quantity times price. What no usage made (moved tiers, amended months): as the month begins.
with prices as (
    select distinct
        {{ share_grain() }},
        price_context_band,
        price_id,
        contract_id,
        contract_price_id,
        uplift_id
    from {{ ref('int_rating__priced') }}
    where billing_month = {{ billing_month() }} and payer = 'balance'
),

usage as (
    select * from {{ ref('int_prepaid__usage') }}
    inner join prices using ({{ share_grain() }})
),

charges as (
    select
        {{ deducted_charge() | replace("billed_model_id", "model_id as billed_model_id")
            | replace("price_context_band", "context_band as price_context_band") }},
        cast(sum(net_amount) as decimal(38, 12)) as net_amount
    from {{ ref('int_rating__charges') }}
    where billing_month = {{ billing_month() }} and payer = 'balance'
    group by all
    union all by name
    select
        organization_id,
        billing_month,
        service_month,
        model_id as billed_model_id,
        cast(sum(exact_net_amount) as decimal(38, 12)) as net_amount
    from {{ ref('int_invoicing__adjustments') }}
    where payment_mode = 'prepaid'
    group by all
),

months as (
    select
        organization_id,
        starts_at as month_starts_at
    from {{ ref('int_rating__month_bounds') }}
    where service_month = {{ billing_month() }}
),

running as (
    select
        charges.*,
        usage.api_key_id,
        usage.quarter_hour,
        usage.quantity,
        cast(sum(usage.quantity) over charge as hugeint) as used_in_all,
        cast(sum(usage.quantity) over (so_far rows unbounded preceding) as hugeint) as used_so_far,
        row_number() over so_far = 1 as is_first
    from charges
    left join usage using ({{ deducted_charge() }})
    window
        charge as (partition by {{ deducted_charge() }}),
        so_far as (
            charge
            order by usage.quarter_hour, usage.api_key_id, usage.starts_at, usage.context_band
        )
),

-- Usage that came to nothing in sum has no shares: the first row takes what there is.
shares as (
    select
        *,
        case
            when coalesce(used_in_all, 0) = 0 then case when is_first then net_amount else 0 end
            else {{ from_pico(
                pico_share('net_amount', 'used_so_far', 'used_in_all') ~ ' - '
                ~ pico_share('net_amount', 'used_so_far - quantity', 'used_in_all')
            ) }}
        end as amount
    from running
),

final as (
    select
        shares.organization_id,
        shares.billing_month,
        coalesce(shares.api_key_id, '') as api_key_id,
        shares.billed_model_id as model_id,
        greatest(
            coalesce(shares.quarter_hour, months.month_starts_at), months.month_starts_at
        ) as quarter_hour,
        cast(sum(shares.amount) as decimal(38, 12)) as amount
    from shares
    inner join months on shares.organization_id = months.organization_id
    group by all
    having sum(shares.amount) <> 0
)

select * from final
