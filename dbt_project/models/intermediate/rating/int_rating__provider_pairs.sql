{{ config(materialized='view') }}

with counted as (
    select * from {{ ref('int_rating__provider_usage_days') }}
),

billed as (
    select * from {{ ref('int_rating__provider_bill_days') }}
),

-- What a bill tells of any model on a day is none of those it does not name.
told as (
    select
        provider,
        usage_date,
        bool_or(has_counts) as tells_counts,
        bool_or(has_costs) as tells_costs
    from billed
    group by provider, usage_date
),

tolerances as (
    select * from {{ source('catalog', 'provider_tolerances') }}
),

pairs as (
    select
        coalesce(counted.provider, billed.provider) as provider,
        coalesce(counted.model_id, billed.model_id) as model_id,
        coalesce(counted.usage_date, billed.usage_date) as usage_date,
        {%- for count in [
            'requests', 'batch_requests', 'input_total_tokens', 'cache_read_tokens',
            'cache_write_tokens', 'output_total_tokens', 'output_reasoning_tokens',
            'web_searches', 'byok_requests', 'byok_input_tokens', 'byok_output_tokens',
            'cache_hit_requests',
        ] %}
        coalesce(counted.{{ count }}, 0) as {{ count }},
        {%- endfor %}
        coalesce(counted.list_amount, cast(0 as decimal(38, 12))) as list_amount,
        coalesce(counted.search_amount, cast(0 as decimal(38, 12))) as search_amount,
        coalesce(counted.has_unpriced, false) as has_unpriced,
        billed.requests as bill_requests,
        coalesce(billed.byok_requests, 0) as bill_byok_requests,
        coalesce(billed.batch_requests, 0) as bill_batch_requests,
        billed.input_total_tokens as bill_input_total_tokens,
        billed.cache_read_tokens as bill_cache_read_tokens,
        billed.cache_write_tokens as bill_cache_write_tokens,
        billed.output_total_tokens as bill_output_total_tokens,
        billed.output_reasoning_tokens as bill_output_reasoning_tokens,
        billed.cost_amount as bill_cost_amount,
        coalesce(billed.has_searches, false) as has_bill_searches
    from counted
    full outer join billed
        on
            counted.provider = billed.provider
            and counted.model_id = billed.model_id
            and counted.usage_date = billed.usage_date
),

final as (
    select
        pairs.* replace (
            {%- for count in ['requests', 'input_total_tokens', 'output_total_tokens'] %}
            coalesce(pairs.bill_{{ count }}, case when told.tells_counts then 0 end)
                as bill_{{ count }},
            {%- endfor %}
            coalesce(
                pairs.bill_cost_amount,
                case when told.tells_costs then cast(0 as decimal(38, 12)) end
            ) as bill_cost_amount
        ),
        coalesce(of_model.tokens_pct, of_provider.tokens_pct, cast(0.01 as decimal(9, 6)))
            as tolerance_tokens_pct,
        coalesce(of_model.cost_pct, of_provider.cost_pct, cast(0.01 as decimal(9, 6)))
            as tolerance_cost_pct
    from pairs
    left join told on pairs.provider = told.provider and pairs.usage_date = told.usage_date
    left join tolerances as of_model
        on
            pairs.provider = of_model.provider
            and pairs.model_id = of_model.model_id
            and of_model.model_id <> ''
    left join tolerances as of_provider
        on pairs.provider = of_provider.provider and of_provider.model_id = ''
)

select * from final
