{%- set left_of_limit = '(' ~ pico('monthly_spend_amount') ~ ' - ' ~ pico('spent_amount') ~ ')' -%}
-- The limit that holds as of the newest use; one that begins later is not told of yet.
with limits as (
    select
        api_keys.organization_id,
        limits.*,
        told.as_of_at,
        least(told.ends_at, limits.valid_to_at) as holds_up_to_at
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
    select
        organization_id,
        api_key_id,
        cast(sum(amount) as decimal(38, 12)) as amount
    from {{ ref('int_caps__key_costs') }}
    group by organization_id, api_key_id
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

cycles as (
    {{ cycles(ref('int_caps__key_hours'), 'api_key_id', pico('amount')) }}
),

forecasts as (
    select
        spent.key_limit_id,
        {{ reached_at('cycles.looked_at', 'cycles.days', left_of_limit) }} as forecast_at
    from spent
    inner join cycles
        on
            spent.organization_id = cycles.organization_id
            and spent.api_key_id = cycles.api_key_id
    where spent.spent_amount < spent.monthly_spend_amount and {{ is_enough(left_of_limit) }}
    group by spent.key_limit_id, spent.holds_up_to_at
    having forecast_at < spent.holds_up_to_at
),

final as (
    select
        spent.organization_id,
        spent.api_key_id,
        {{ billing_month() }} as billing_month,
        spent.key_limit_id,
        spent.currency,
        spent.as_of_at,
        spent.monthly_spend_amount as limit_amount,
        spent.spent_amount,
        {{ percent_of(pico('spent_amount'), pico('monthly_spend_amount')) }} as spent_percent,
        spent.spent_amount >= spent.monthly_spend_amount as is_reached,
        forecasts.forecast_at
    from spent
    left join forecasts on spent.key_limit_id = forecasts.key_limit_id
)

select * from final
