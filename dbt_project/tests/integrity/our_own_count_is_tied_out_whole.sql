-- The quantities that meet a price are those of the rollup's rows, none lost to a join or doubled.
with counted as (
    select
        provider,
        sum(case when meter = 'requests' and part = 'sent' then quantity else 0 end) as requests,
        sum(
            case
                when part = 'sent' and meter in ('output_visible', 'output_reasoning')
                    then quantity
                else 0
            end
        ) as output_total_tokens
    from {{ ref('int_rating__provider_usage') }}
    group by provider
),

tied_out as (
    select
        provider,
        sum(requests) as requests,
        sum(output_total_tokens) as output_total_tokens
    from {{ ref('provider_tie_out') }}
    where billing_month = {{ billing_month() }}
    group by provider
)

select *
from counted
inner join tied_out using (provider)
where
    counted.requests <> tied_out.requests
    or counted.output_total_tokens <> tied_out.output_total_tokens
