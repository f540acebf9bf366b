{{ config(materialized='view') }}

with bills as (
    select * from {{ ref('stg_ingestion__provider_bills') }}
    where {{ in_utc_month('bill_date') }}
),

final as (
    select
        provider,
        model_id,
        bill_date as usage_date,
        cast(sum(case when not is_byok then requests end) as bigint) as requests,
        cast(coalesce(sum(case when is_byok then requests end), 0) as bigint) as byok_requests,
        cast(coalesce(sum(case when is_batch then requests end), 0) as bigint) as batch_requests,
        {%- for meter in [
            'input_total', 'cache_read', 'cache_write', 'output_total', 'output_reasoning',
        ] %}
        cast(sum(case when not is_byok then {{ meter }}_tokens end) as bigint)
            as {{ meter }}_tokens,
        {%- endfor %}
        cast(sum(case when not is_byok then bill_amount end) as decimal(38, 12)) as cost_amount,
        bool_or(
            lower(line_item) like '%search%' or coalesce(web_searches, 0) > 0
        ) as has_searches,
        bool_or(coalesce(requests, input_total_tokens, output_total_tokens) is not null)
            as has_counts,
        bool_or(bill_amount is not null) as has_costs
    from bills
    group by provider, model_id, bill_date
)

select * from final
