{{ config(materialized='view') }}

with points as (
    select distinct
        starts_at,
        billed_model_id,
        region
    from {{ ref('int_rating__billable') }}
    where billing_month = {{ billing_month() }} and region <> ''
),

models as (
    select * from {{ source('catalog', 'models') }}
),

uplifts as (
    select * from {{ source('catalog', 'region_uplifts') }}
),

candidates as (
    select
        points.*,
        uplifts.uplift_id,
        uplifts.uplift_pct,
        row_number() over (
            partition by points.starts_at, points.billed_model_id, points.region
            order by uplifts.model_id desc, uplifts.uplift_id asc
        ) as preference
    from points
    inner join models on points.billed_model_id = models.model_id
    inner join uplifts
        on
            models.provider = uplifts.provider
            and points.region = uplifts.region
            and points.starts_at >= uplifts.valid_from_at
            and points.starts_at < uplifts.valid_to_at
            and uplifts.model_id in ('', points.billed_model_id)
),

final as (
    select
        starts_at,
        billed_model_id,
        region,
        uplift_id,
        uplift_pct
    from candidates
    where preference = 1
)

select * from final
