{{ config(materialized='table') }}

-- Most instants at which a price changes are of other models: the usage of a model is told apart
-- where one of its own prices may change, so that a dear month of news makes no more rows of it.
with billing_slices as (
    select * from {{ ref('int_rating__billing_slices') }}
),

used_models as (
    select distinct
        organization_id,
        billed_model_id
    from {{ ref('dim_usage_key') }}
),

models as (
    select distinct billed_model_id from used_models
),

-- Which models an uplift raises is not asked: there are few.
changes as (
    select
        model_id as billed_model_id,
        unnest([valid_from_at, valid_to_at]) as changed_at
    from {{ source('catalog', 'prices') }}
    union
    select
        models.billed_model_id,
        unnest([uplifts.valid_from_at, uplifts.valid_to_at]) as changed_at
    from models
    cross join {{ source('catalog', 'region_uplifts') }} as uplifts
),

instants as (
    select distinct starts_at from billing_slices
),

stretches as (
    select
        models.billed_model_id,
        instants.starts_at,
        changes.changed_at as priced_from_at
    from models
    cross join instants
    asof left join changes
        on
            models.billed_model_id = changes.billed_model_id
            and instants.starts_at >= changes.changed_at
),

merged as (
    select
        used_models.organization_id,
        used_models.billed_model_id,
        slices.billing_month,
        slices.service_month,
        min(slices.starts_at) as starts_at,
        max(slices.ends_at) as ends_at,
        slices.terms_from_at,
        slices.price_state,
        min(slices.rated_at) as rated_at,
        slices.after_sequence,
        slices.up_to_sequence
    from used_models
    inner join billing_slices as slices on used_models.organization_id = slices.organization_id
    inner join stretches
        on
            used_models.billed_model_id = stretches.billed_model_id
            and slices.starts_at = stretches.starts_at
    group by
        used_models.organization_id,
        used_models.billed_model_id,
        slices.billing_month,
        slices.service_month,
        slices.terms_from_at,
        slices.price_state,
        slices.after_sequence,
        slices.up_to_sequence,
        stretches.priced_from_at
),

final as (
    select
        cast(
            row_number() over (
                order by
                    organization_id,
                    billed_model_id,
                    service_month,
                    starts_at,
                    after_sequence,
                    price_state
            ) as integer
        ) as model_slice_id,
        *
    from merged
)

select * from final
