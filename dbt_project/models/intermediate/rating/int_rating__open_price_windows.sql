{{ config(materialized='view') }}

with clock as (
    select * from {{ source('catalog', 'price_clock') }}
),

windows as (
    select * from {{ source('catalog', 'open_price_window') }}
),

final as (
    select
        clock.quarter_hour,
        windows.price_window_id
    from clock
    inner join windows on clock.price_state = windows.price_state
)

select * from final
