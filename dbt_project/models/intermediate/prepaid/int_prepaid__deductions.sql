{{ config(materialized='table') }}

-- What each charge of a balance came to, spread over the usage that made it, in order of time: each
-- quarter hour gets what the running share of the amount grew by. So parts add up to the charge to
-- the last digit, and a plain price gives quantity times price. What no usage of the month made (a
-- tier that moves what an earlier month billed) is deducted as the month begins.
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
    select
        used.*,
        prices.price_context_band,
        prices.price_id,
        prices.contract_id,
        prices.contract_price_id,
        prices.uplift_id
    from {{ ref('int_prepaid__usage') }} as used
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
        cast(sum(usage.quantity) over (
            charge
            order by usage.quarter_hour, usage.api_key_id, usage.starts_at, usage.context_band
            rows unbounded preceding
        ) as hugeint) as used_so_far,
        row_number() over charge = 1 as is_first
    from charges
    left join usage using ({{ deducted_charge() }})
    window charge as (partition by {{ deducted_charge() }})
),

-- Usage that came to nothing in sum has no shares: one row takes what there is.
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
