{{ config(materialized='view') }}

-- From the cost of the month before to that of the month: first everything grows as its unit
-- does, then quantities shift, then prices change, then discounts.
with items as (
    select
        *,
        {{ pico('previous_contracted_amount') }} as gross_before,
        {{ pico('contracted_amount') }} as gross_after,
        {{ pico('previous_net_amount') }} as net_before,
        {{ pico('net_amount') }} as net_after,
        sum(previous_quantity) over (of_unit) as unit_before,
        sum(quantity) over (of_unit) as unit_after
    from {{ ref('int_rating__cost_items') }}
    window of_unit as (partition by organization_id, unit)
),

-- What is left of a gross amount after the earlier discounts, in millionths of millionths.
rated as (
    select
        *,
        unit_before > 0 and previous_quantity > 0 as was_there,
        {{ round_div('net_before * 1000000000000', 'nullif(gross_before, 0)') }} as rate_before
    from items
),

steps as (
    select
        *,
        case
            when unit_before > 0 then {{ round_div('net_before * unit_after', 'unit_before') }}
            else net_after
        end as scaled,
        case
            when was_there then {{ round_div('net_before * quantity', 'previous_quantity') }}
            else net_after
        end as mixed,
        case
            when was_there and gross_before > 0
                then {{ round_div('gross_after * rate_before', '1000000000000') }}
            else net_after
        end as repriced
    from rated
),

final as (
    select
        organization_id,
        comparison,
        currency,
        model_id,
        unit,
        meter,
        service_tier,
        context_band,
        region,
        previous_net_amount,
        {{ from_pico('scaled') }} as scaled_amount,
        {{ from_pico('mixed') }} as mixed_amount,
        {{ from_pico('repriced') }} as repriced_amount,
        net_amount
    from steps
)

select * from final
