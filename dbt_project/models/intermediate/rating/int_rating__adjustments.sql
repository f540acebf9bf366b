{{ config(materialized='view') }}

with points as (
    select distinct
        organization_id,
        starts_at,
        billed_model_id
    from {{ ref('int_rating__billable') }}
    where billing_month = {{ billing_month() }}
),

terms as (
    select * from {{ ref('int_rating__terms') }}
),

models as (
    select * from {{ source('catalog', 'models') }}
),

adjustments as (
    select * from {{ source('catalog', 'price_adjustments') }}
),

candidates as (
    select
        points.*,
        adjustments.adjustment_id,
        adjustments.off_pct,
        row_number() over (
            partition by points.organization_id, points.starts_at, points.billed_model_id
            order by
                adjustments.model_id desc, adjustments.family desc, adjustments.provider desc,
                adjustments.adjustment_id asc
        ) as preference
    from points
    inner join terms
        on
            points.organization_id = terms.organization_id
            and points.starts_at = terms.starts_at
    inner join models on points.billed_model_id = models.model_id
    inner join adjustments
        on
            terms.contract_id = adjustments.contract_id
            and points.starts_at >= adjustments.valid_from_at
            and points.starts_at < adjustments.valid_to_at
            and adjustments.model_id in ('', points.billed_model_id)
            and adjustments.family in ('', models.family)
            and adjustments.provider in ('', models.provider)
),

final as (
    select
        organization_id,
        starts_at,
        billed_model_id,
        adjustment_id,
        off_pct
    from candidates
    where preference = 1
)

select * from final
