{{ config(materialized='view') }}

with usage as (
    select * from {{ ref('int_rating__provider_usage') }}
),

prices as (
    select * from {{ source('catalog', 'prices') }}
    where currency = 'USD'
),

-- The price that fits best, as customers are charged by the list; null where there is none.
priced as (
    select
        usage.*,
        prices.unit_price,
        row_number() over (
            partition by
                usage.provider, usage.model_id, usage.service_tier, usage.region,
                usage.context_band, usage.part, usage.quarter_hour, usage.meter
            order by
                case when prices.region = '' then 1 else 0 end asc,
                prices.context_above_tokens desc,
                prices.price_id asc
        ) as preference
    from usage
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
),

charged as (
    select
        *,
        coalesce(cast(quantity * unit_price as decimal(38, 12)), 0) as list_amount,
        part = 'sent' and meter <> 'requests' and unit_price is null as is_unpriced
    from priced
    where preference = 1
),

final as (
    select
        provider,
        model_id,
        cast(quarter_hour as date) as usage_date,
        {{ quantity_of('requests', ["'requests'"]) }},
        {{ quantity_of('batch_requests', ["'requests'"], "service_tier = 'batch'") }},
        {{ quantity_of('input_total_tokens', [
            "'input_uncached'", "'cache_read'", "'cache_write_5m'", "'cache_write_1h'",
            "'cache_write_unknown_ttl'",
        ]) }},
        {{ quantity_of('cache_read_tokens', ["'cache_read'"]) }},
        {{ quantity_of('cache_write_tokens', [
            "'cache_write_5m'", "'cache_write_1h'", "'cache_write_unknown_ttl'",
        ]) }},
        {{ quantity_of('output_total_tokens', ["'output_visible'", "'output_reasoning'"]) }},
        {{ quantity_of('output_reasoning_tokens', ["'output_reasoning'"]) }},
        {{ quantity_of('web_searches', ["'web_search'"]) }},
        {{ quantity_of('byok_requests', ["'requests'"], part='byok') }},
        {{ quantity_of('byok_input_tokens', [
            "'input_uncached'", "'cache_read'", "'cache_write_5m'", "'cache_write_1h'",
            "'cache_write_unknown_ttl'",
        ], part='byok') }},
        {{ quantity_of(
            'byok_output_tokens', ["'output_visible'", "'output_reasoning'"], part='byok'
        ) }},
        {{ quantity_of('cache_hit_requests', ["'requests'"], part='gateway_cache_hit') }},
        cast(sum(list_amount) as decimal(38, 12)) as list_amount,
        cast(sum(case when meter = 'web_search' then list_amount else 0 end) as decimal(38, 12))
            as search_amount,
        bool_or(is_unpriced) as has_unpriced
    from charged
    group by provider, model_id, cast(quarter_hour as date)
)

select * from final
