{{ config(materialized='view') }}

with points as (
    select distinct
        organization_id,
        starts_at,
        billed_model_id
    from {{ ref('int_rating__billable') }}
    where billing_month = {{ billing_month() }}
),

contracts as (
    select * from {{ source('catalog', 'contracts') }}
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
    inner join contracts
        on
            points.organization_id = contracts.organization_id
            and points.starts_at >= contracts.valid_from_at
            and points.starts_at < contracts.valid_to_at
    inner join models on points.billed_model_id = models.model_id
    -- The organization is its contract's; without saying so, usage may be paired with the
    -- percentages of all customers before contracts are compared.
    inner join adjustments
        on
            points.organization_id = adjustments.organization_id
            and contracts.contract_id = adjustments.contract_id
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
