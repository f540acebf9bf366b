{{ config(materialized='view') }}

with charged as (
    select * from {{ ref('int_rating__provider_costs') }}
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
