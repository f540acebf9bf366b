{{ config(materialized='view') }}

-- Only these are looked at quarter hour by quarter hour: all else needs no more than its sum.
with slices as (
    select * from {{ ref('int_rating__model_slices') }}
),

terms as (
    select * from {{ ref('int_rating__terms') }}
),

counted as (
    select
        contract_id,
        meter,
        valid_from_at,
        valid_to_at
    from {{ source('catalog', 'allowances') }}
    union
    select
        contract_id,
        meter,
        valid_from_at,
        valid_to_at
    from {{ source('catalog', 'tier_schedules') }}
),

final as (
    select distinct
        slices.*,
        terms.contract_id,
        counted.meter
    from slices
    inner join terms
        on
            slices.organization_id = terms.organization_id
            and slices.rated_at = terms.starts_at
    inner join counted
        on
            terms.contract_id = counted.contract_id
            and slices.terms_from_at >= counted.valid_from_at
            and slices.terms_from_at < counted.valid_to_at
)

select * from final
