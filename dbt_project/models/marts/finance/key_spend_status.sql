-- The limit that holds as of the newest use; one that begins later is not told of yet.
with limits as (
    select
        api_keys.organization_id,
        limits.*
    from {{ source('catalog', 'key_limits') }} as limits
    inner join {{ source('catalog', 'api_keys') }} as api_keys
        on limits.api_key_id = api_keys.api_key_id
    inner join {{ ref('int_caps__months') }} as told
        on
            api_keys.organization_id = told.organization_id
            and limits.valid_from_at < told.as_of_at
            and limits.valid_to_at >= told.as_of_at
            and limits.valid_to_at > told.starts_at
    where limits.monthly_spend_amount is not null
),

costs as (
    select * from {{ ref('int_caps__key_costs') }}
),

spent as (
    select
        limits.*,
        cast(coalesce(costs.amount, 0) as decimal(38, 12)) as spent_amount
    from limits
    left join costs
        on
            limits.organization_id = costs.organization_id
            and limits.api_key_id = costs.api_key_id
),

final as (
    select
        organization_id,
        api_key_id,
        {{ billing_month() }} as billing_month,
        key_limit_id,
        currency,
        monthly_spend_amount as limit_amount,
        spent_amount,
        {{ percent_of(pico('spent_amount'), pico('monthly_spend_amount')) }} as spent_percent,
        spent_amount >= monthly_spend_amount as is_reached
    from spent
)

select * from final
