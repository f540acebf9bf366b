{{ config(materialized='view') }}

with usage as (
    select
        used.*,
        coalesce(models.provider, '') as model_provider
    from {{ ref('int_rating__provider_usage') }} as used
    left join {{ source('catalog', 'models') }} as models on used.model_id = models.model_id
),

prices as (
    select * from {{ source('catalog', 'prices') }}
    where currency = 'USD'
),

open_windows as (
    select * from {{ ref('int_rating__open_price_windows') }}
),

uplifts as (
    select * from {{ source('catalog', 'region_uplifts') }}
),

-- The price that fits best, as customers are charged by the list; null where there is none.
priced as (
    select
        usage.*,
        {{ unit_price('prices.unit_price', '1', 'coalesce(uplifts.uplift_pct, 0)') }}
            as unit_price,
        row_number() over (
            partition by
                usage.provider, usage.model_id, usage.service_tier, usage.region,
                usage.context_band, usage.part, usage.quarter_hour, usage.meter
            order by
                case when prices.region = '' then 1 else 0 end asc,
                prices.context_above_tokens desc,
                case when prices.price_window_id = '' then 1 else 0 end asc,
                prices.price_id asc,
                uplifts.model_id desc,
                uplifts.uplift_id asc
        ) as preference
    from usage
    left join open_windows on usage.quarter_hour = open_windows.quarter_hour
    left join prices
        on
            usage.part = 'sent'
            and usage.model_id = prices.model_id
            and usage.meter = prices.meter
            and usage.service_tier = prices.service_tier
            and usage.quarter_hour >= prices.valid_from_at
            and usage.quarter_hour < prices.valid_to_at
            and usage.context_band >= prices.context_above_tokens
            and (prices.region = '' or usage.region = prices.region)
            and prices.price_window_id in ('', open_windows.price_window_id)
    left join uplifts
        on
            prices.region = ''
            and usage.model_provider = uplifts.provider
            and usage.region = uplifts.region
            and usage.quarter_hour >= uplifts.valid_from_at
            and usage.quarter_hour < uplifts.valid_to_at
            and uplifts.model_id in ('', usage.model_id)
),

final as (
    select
        provider,
        model_id,
        quarter_hour,
        service_tier,
        region,
        context_band,
        part,
        meter,
        quantity,
        coalesce(cast(quantity * unit_price as decimal(38, 12)), 0) as list_amount,
        part = 'sent' and meter <> 'requests' and unit_price is null as is_unpriced
    from priced
    where preference = 1
)

select * from final
