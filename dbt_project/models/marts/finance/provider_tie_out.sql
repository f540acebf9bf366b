with pairs as (
    select * from {{ ref('int_rating__provider_pairs') }}
),

models as (
    select * from {{ source('catalog', 'models') }}
),

compared as (
    select
        *,
        {{ differences() }}
    from pairs
),

judged as (
    select
        *,
        coalesce(bill_requests, bill_input_total_tokens) is null
        and bill_cost_amount is null as is_missing,
        {{ tokens_agree('input_total') }}
        and {{ tokens_agree('cache_read') }}
        and {{ tokens_agree('output_total') }} as is_within_tokens,
        -- Some providers charge searches with the model, some on a line of their own.
        {{ costs_agree('difference_cost_amount') }}
        or {{ costs_agree('difference_cost_amount - search_amount') }} as is_within_cost,
        {{ evens_out('lag') }} or {{ evens_out('lead') }} as is_evened_out
    from compared
    window by_day as (partition by provider, model_id order by usage_date)
),

explained as (
    select
        judged.*,
        case
            when judged.is_missing then judged.requests = 0 and judged.list_amount = 0
            else judged.is_within_tokens and judged.is_within_cost
        end as is_within_tolerance,
        concat_ws(
            ', ',
            case when judged.is_missing and judged.requests <> 0 then 'missing_bill' end,
            case when models.model_id is null then 'unknown_model' end,
            case when judged.has_unpriced then 'no_list_price' end,
            case
                when
                    not judged.is_missing
                    and judged.requests <> 0
                    and coalesce(judged.bill_requests, 0) = 0
                    and coalesce(judged.bill_input_total_tokens, 0) = 0
                    and coalesce(judged.bill_cost_amount, 0) = 0
                    then 'not_billed_by_provider'
            end,
            case
                when not judged.is_within_tokens and judged.is_evened_out then 'timing'
            end,
            case when judged.byok_requests + judged.bill_byok_requests <> 0 then 'byok' end,
            case when judged.batch_requests + judged.bill_batch_requests <> 0 then 'batch' end,
            case when judged.web_searches <> 0 or judged.has_bill_searches then 'search_fees' end,
            case when judged.cache_hit_requests <> 0 then 'gateway_cache_hit' end
        ) as reasons
    from judged
    left join models on judged.model_id = models.model_id
),

final as (
    select
        explained.* exclude (
            has_unpriced, has_bill_searches, is_missing, is_within_tokens, is_within_cost,
            is_evened_out
        ),
        {{ billing_month() }} as billing_month,
        'USD' as currency
    from explained
)

select * from final
