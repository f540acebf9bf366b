{{ config(materialized='view') }}

-- Where requests have a price of their own, each billed one is a quantity of it, except those whose
-- own rows give the meter `request`: they are charged what their rows say.
with {{ request_prices() }},

billed_keys as (
    select * from {{ ref('dim_usage_key') }}
    where
        not_billed_reason = ''
        and billed_model_id in (
            select model_id from prices
            union all
            select model_id from contract_prices
        )
),

usage_by_slice as (
    select * from {{ ref('int_rating__usage_by_slice') }}
    where billing_month = {{ billing_month() }}
),

counted_by_logs as (
    select
        usage_key_id,
        service_month,
        starts_at,
        requests
    from {{ ref('int_rating__meters_by_slice') }}
    where billing_month = {{ billing_month() }} and meter = 'request'
),

requests as (
    select
        {{ billable_grain('usage_by_slice', 'billed_keys') }},
        cast(
            sum(usage_by_slice.requests - coalesce(counted_by_logs.requests, 0)) as bigint
        ) as quantity
    from usage_by_slice
    inner join billed_keys on usage_by_slice.usage_key_id = billed_keys.usage_key_id
    left join counted_by_logs
        on
            usage_by_slice.usage_key_id = counted_by_logs.usage_key_id
            and usage_by_slice.service_month = counted_by_logs.service_month
            and usage_by_slice.starts_at = counted_by_logs.starts_at
    group by {{ billable_grain('usage_by_slice', 'billed_keys') }}
),

final as (
    select
        requests.*,
        'request' as meter
    from requests
    where
        requests.quantity <> 0
        and {{ requests_have_a_price('requests') }}
)

select * from final
