{{ config(materialized='table') }}

-- Such a charge is spread over the usage that made it, in order of time: each row gets what the
-- running share of the amount grew by, so that parts add up to the charge to the last digit.
with charges as (
    select * from {{ ref('int_prepaid__prices') }}
    where unit_price is null or starts_at is null
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
final as (
    select
        {{ share_grain() }},
        api_key_id,
        quarter_hour,
        quantity,
        cast(case
            when coalesce(used_in_all, 0) = 0 and is_first then amount
            when coalesce(used_in_all, 0) = 0 or quantity is null then 0
            else {{ from_pico(
                pico_share('amount', 'used_so_far', 'used_in_all') ~ ' - '
                ~ pico_share('amount', 'used_so_far - quantity', 'used_in_all')
            ) }}
        end as decimal(38, 12)) as amount
    from running
)

select * from final
