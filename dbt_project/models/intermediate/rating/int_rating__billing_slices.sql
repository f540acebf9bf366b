{{ config(materialized='table') }}

with windows as (
    select * from {{ ref('int_rating__windows') }}
),

slices as (
    select * from {{ source('catalog', 'rating_slice') }}
),

final as (
    select
        cast(
            row_number() over (
                order by
                    windows.organization_id,
                    slices.service_month,
                    slices.starts_at,
                    windows.after_sequence
            ) as integer
        ) as billing_slice_id,
        windows.organization_id,
        windows.billing_month,
        windows.service_month,
        slices.starts_at,
        slices.ends_at,
        slices.terms_from_at,
        windows.after_sequence,
        windows.up_to_sequence
    from windows
    inner join slices
        on
            windows.organization_id = slices.organization_id
            and windows.service_month = slices.service_month
)

select * from final
