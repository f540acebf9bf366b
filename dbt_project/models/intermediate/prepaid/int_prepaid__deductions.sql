{{ config(materialized='table') }}

-- Even charges are quantity times price. Any other is spread over the usage that made it, in order
-- of time: each quarter hour gets what the running share of the amount grew by, so that parts add
-- up to the charge to the last digit. What no usage of the month made (a tier that moves what an
-- earlier month billed, an amended month) is deducted as the month begins.
with charges as (
    select * from {{ ref('int_prepaid__prices') }}
    where unit_price is null or starts_at is null
),

months as (
    select * from {{ ref('int_rating__month_bounds') }}
    where service_month = {{ billing_month() }}
),

keys as (
    select
        min(usage_key_id) as pair_id,
        organization_id,
        api_key_id,
        billed_model_id
    from {{ ref('dim_usage_key') }}
    where payer = 'balance' and not_billed_reason = ''
    group by organization_id, api_key_id, billed_model_id
),

running as (
    select
        charges.*,
        used.api_key_id,
        used.quarter_hour,
        used.quantity,
        cast(sum(used.quantity) over charge as hugeint) as used_in_all,
        cast(sum(used.quantity) over in_order as hugeint) as used_so_far,
        row_number() over in_order = 1 as is_first
    from charges
    left join {{ ref('int_prepaid__uneven_usage') }} as used using ({{ share_grain() }})
    window
        charge as (partition by {{ deducted_charge('charges') }}),
        in_order as (
            charge
            order by used.quarter_hour, used.api_key_id, charges.starts_at, charges.context_band
            rows unbounded preceding
        )
),

-- Usage that came to nothing in sum has no shares: the first row takes what there is.
shares as (
    select
        running.organization_id,
        running.api_key_id,
        running.billed_model_id,
        greatest(coalesce(quarter_hour, months.starts_at), months.starts_at) as quarter_hour,
        case
            when coalesce(used_in_all, 0) = 0 and is_first then net_amount
            when coalesce(used_in_all, 0) = 0 or quantity is null then 0
            else {{ from_pico(
                pico_share('net_amount', 'used_so_far', 'used_in_all') ~ ' - '
                ~ pico_share('net_amount', 'used_so_far - quantity', 'used_in_all')
            ) }}
        end as amount
    from running
    inner join months on running.organization_id = months.organization_id
    union all
    select
        keys.organization_id,
        keys.api_key_id,
        keys.billed_model_id,
        even.quarter_hour,
        even.amount
    from {{ ref('int_prepaid__even_amounts') }} as even
    inner join keys on even.pair_id = keys.pair_id
    union all
    select
        adjustments.organization_id,
        '' as api_key_id,
        adjustments.model_id as billed_model_id,
        months.starts_at as quarter_hour,
        adjustments.exact_net_amount as amount
    from {{ ref('int_invoicing__adjustments') }} as adjustments
    inner join months on adjustments.organization_id = months.organization_id
    where adjustments.payment_mode = 'prepaid'
),

final as (
    select
        organization_id,
        {{ billing_month() }} as billing_month,
        coalesce(api_key_id, '') as api_key_id,
        billed_model_id as model_id,
        quarter_hour,
        cast(sum(amount) as decimal(38, 12)) as amount
    from shares
    group by all
    having sum(amount) <> 0
)

select * from final
