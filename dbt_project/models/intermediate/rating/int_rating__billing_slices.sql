{{ config(materialized='table') }}

with windows as (
    select * from {{ ref('int_rating__windows') }}
),

slices as (
    select * from {{ source('catalog', 'rating_slice') }}
),

bounds as (
    select distinct
        slices.starts_at,
        slices.ends_at
    from slices
    inner join windows
        on
            slices.organization_id = windows.organization_id
            and slices.service_month = windows.service_month
),

-- Of the quarter hours of a slice in which the same price windows are open, the first stands
-- for all.
states as (
    select
        bounds.starts_at,
        bounds.ends_at,
        clock.price_state,
        min(clock.quarter_hour) as rated_at
    from bounds
    inner join {{ source('catalog', 'price_clock') }} as clock
        on
            bounds.starts_at <= clock.quarter_hour
            and bounds.ends_at > clock.quarter_hour
    group by bounds.starts_at, bounds.ends_at, clock.price_state
),

final as (
    select
        windows.organization_id,
        windows.billing_month,
        windows.service_month,
        slices.starts_at,
        slices.ends_at,
        slices.terms_from_at,
        coalesce(states.price_state, 0) as price_state,
        coalesce(states.rated_at, slices.starts_at) as rated_at,
        windows.after_sequence,
        windows.up_to_sequence
    from windows
    inner join slices
        on
            windows.organization_id = slices.organization_id
            and windows.service_month = slices.service_month
    left join states
        on
            slices.starts_at = states.starts_at
            and slices.ends_at = states.ends_at
)

select * from final
