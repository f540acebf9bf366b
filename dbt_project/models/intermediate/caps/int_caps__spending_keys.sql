{{ config(materialized='table') }}

-- Of months that are over nothing is looked ahead from.
with limited as (
    select distinct
        months.organization_id,
        limits.api_key_id,
        months.as_of_at as looked_at,
        months.watermark
    from {{ source('catalog', 'key_limits') }} as limits
    inner join {{ source('catalog', 'api_keys') }} as api_keys
        on limits.api_key_id = api_keys.api_key_id
    inner join {{ ref('int_caps__months') }} as months
        on
            api_keys.organization_id = months.organization_id
            and months.starts_at <= months.as_of_at
            and months.ends_at > months.as_of_at
    where limits.monthly_spend_amount is not null
),

final as (
    select
        limited.*,
        rolled_up.usage_key_id,
        rolled_up.billed_model_id as model_id
    from {{ ref('dim_usage_key') }} as rolled_up
    inner join limited
        on
            rolled_up.organization_id = limited.organization_id
            and rolled_up.api_key_id = limited.api_key_id
    where rolled_up.not_billed_reason = ''
)

select * from final
