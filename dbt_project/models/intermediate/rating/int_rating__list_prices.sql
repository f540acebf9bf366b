{{ config(materialized='view') }}

with points as (
    select distinct
        starts_at,
        billed_model_id,
        meter,
        service_tier,
        region,
        context_band
    from {{ ref('int_rating__billable') }}
    where billing_month = {{ billing_month() }}
),

open_windows as (
    select * from {{ ref('int_rating__open_price_windows') }}
),

prices as (
    select * from {{ source('catalog', 'prices') }}
),

candidates as (
    select
        points.*,
        prices.price_id,
        prices.context_above_tokens,
        prices.region as price_region,
        prices.currency,
        prices.unit_price,
        rank() over (
            partition by
                points.starts_at, points.billed_model_id, points.meter, points.service_tier,
                points.region, points.context_band
            order by
                case when prices.region = '' then 1 else 0 end,
                prices.context_above_tokens desc,
                case when prices.price_window_id = '' then 1 else 0 end
        ) as preference
    from points
    inner join prices
        on
            points.billed_model_id = prices.model_id
            and points.meter = prices.meter
            and points.service_tier = prices.service_tier
            and points.starts_at >= prices.valid_from_at
            and points.starts_at < prices.valid_to_at
            and points.context_band >= prices.context_above_tokens
            and (prices.region = '' or points.region = prices.region)
    left join open_windows
        on
            points.starts_at = open_windows.quarter_hour
            and prices.price_window_id = open_windows.price_window_id
    where prices.price_window_id = '' or open_windows.price_window_id is not null
),

final as (
    select
        starts_at,
        billed_model_id,
        meter,
        service_tier,
        region,
        context_band,
        cast(count(*) as integer) as candidates,
        min(price_id) as price_id,
        cast(min(context_above_tokens) as integer) as context_above_tokens,
        min(price_region) as price_region,
        min(currency) as currency,
        cast(min(unit_price) as decimal(18, 12)) as unit_price
    from candidates
    where preference = 1
    group by starts_at, billed_model_id, meter, service_tier, region, context_band
)

select * from final
