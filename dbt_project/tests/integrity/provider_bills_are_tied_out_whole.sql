-- Every request, token and amount of the bills that count is in the tie-out, once.
with bills as (
    select
        provider,
        sum(case when not is_byok then requests else 0 end) as requests,
        sum(case when is_byok then requests else 0 end) as byok_requests,
        sum(case when not is_byok then input_total_tokens else 0 end) as input_total_tokens,
        sum(case when not is_byok then bill_amount else 0 end) as cost_amount
    from {{ ref('stg_ingestion__provider_bills') }}
    where {{ in_utc_month('bill_date') }}
    group by provider
),

tied_out as (
    select
        provider,
        sum(bill_requests) as requests,
        sum(bill_byok_requests) as byok_requests,
        sum(bill_input_total_tokens) as input_total_tokens,
        sum(bill_cost_amount) as cost_amount
    from {{ ref('provider_tie_out') }}
    where billing_month = {{ billing_month() }}
    group by provider
)

select *
from bills
full outer join tied_out using (provider)
where
    coalesce(bills.requests, 0) <> coalesce(tied_out.requests, 0)
    or coalesce(bills.byok_requests, 0) <> coalesce(tied_out.byok_requests, 0)
    or coalesce(bills.input_total_tokens, 0) <> coalesce(tied_out.input_total_tokens, 0)
    or coalesce(bills.cost_amount, 0) <> coalesce(tied_out.cost_amount, 0)
