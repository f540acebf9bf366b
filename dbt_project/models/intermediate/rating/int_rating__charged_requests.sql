{{ config(materialized='view') }}

-- Where requests have a price of their own, each billed one is a quantity of it, unless the logs
-- of its usage key count `request` themselves.
with prices as (
    select * from {{ source('catalog', 'prices') }}
    where meter = 'request'
),

contract_prices as (
    select
        prices.*,
        contracts.valid_from_at as contract_from_at,
        contracts.valid_to_at as contract_to_at
    from {{ source('catalog', 'contract_prices') }} as prices
    inner join {{ source('catalog', 'contracts') }} as contracts
        on prices.contract_id = contracts.contract_id
    where prices.meter = 'request'
),

open_windows as (
    select * from {{ ref('int_rating__open_price_windows') }}
),

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
    select distinct
        usage_key_id,
        service_month,
        starts_at
    from {{ ref('int_rating__meters_by_slice') }}
    where billing_month = {{ billing_month() }} and meter = 'request'
),

requests as (
    select
        {{ billable_grain('usage_by_slice', 'billed_keys') }},
        cast(sum(usage_by_slice.requests) as bigint) as quantity
    from usage_by_slice
    inner join billed_keys on usage_by_slice.usage_key_id = billed_keys.usage_key_id
    left join counted_by_logs
        on
            usage_by_slice.usage_key_id = counted_by_logs.usage_key_id
            and usage_by_slice.service_month = counted_by_logs.service_month
            and usage_by_slice.starts_at = counted_by_logs.starts_at
    where counted_by_logs.usage_key_id is null
    group by {{ billable_grain('usage_by_slice', 'billed_keys') }}
),

final as (
    select
        requests.*,
        'request' as meter
    from requests
    where
        requests.quantity <> 0
        and (
            exists (
                select 1 from prices
                left join open_windows on prices.price_window_id = open_windows.price_window_id
                where
                    {{ at_price('prices', 'requests') }}
                    and (prices.region = '' or prices.region = requests.region)
                    and (
                        prices.price_window_id = ''
                        or open_windows.quarter_hour = requests.starts_at
                    )
            )
            or exists (
                select 1 from contract_prices
                where
                    {{ at_price('contract_prices', 'requests') }}
                    and contract_prices.organization_id = requests.organization_id
                    and contract_prices.contract_from_at <= requests.starts_at
                    and contract_prices.contract_to_at > requests.starts_at
            )
        )
)

select * from final
