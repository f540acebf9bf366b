{{ config(materialized='view') }}

with windows as (
    select * from {{ ref('int_rating__windows') }}
),

months as (
    select * from {{ ref('int_rating__month_bounds') }}
),

final as (
    select
        windows.organization_id,
        windows.billing_month,
        windows.service_month,
        windows.after_sequence,
        windows.up_to_sequence,
        months.starts_at,
        months.ends_at
    from windows
    inner join months
        on
            windows.organization_id = months.organization_id
            and windows.service_month = months.service_month
)

select * from final
