{{ config(materialized='table') }}

-- What each request took is what its quarter hour was charged: of even charges quantity times
-- price, of any other its part of the quarter hour's, spread on in order. Read from the end, what
-- was left after the last request is what was left after the usage of the quarter hour.
with usage as (
    select * from {{ ref('int_prepaid__exhausting_usage') }}
),

hours as (
    select * from {{ ref('int_prepaid__exhausted_hours') }}
),

even as (
    select
        usage.*,
        usage.quantity * prices.unit_price as amount
    from usage
    inner join {{ ref('int_prepaid__prices') }} as prices using ({{ share_grain() }})
    where prices.unit_price is not null
),

running as (
    select
        usage.*,
        whole.quantity as whole_quantity,
        whole.amount as whole_amount,
        cast(sum(usage.quantity) over (
            partition by {{ share_grain() }}, api_key_id, quarter_hour
            order by usage.completed_at, usage.native_id, usage.source_id
            rows unbounded preceding
        ) as hugeint) as used_so_far
    from usage
    inner join {{ ref('int_prepaid__uneven_amounts') }} as whole
        using ({{ share_grain() }}, api_key_id, quarter_hour)
),

uneven as (
    select
        * exclude (whole_quantity, whole_amount, used_so_far),
        {{ from_pico(
            pico_share('whole_amount', 'used_so_far', 'whole_quantity') ~ ' - '
            ~ pico_share('whole_amount', 'used_so_far - quantity', 'whole_quantity')
        ) }} as amount
    from running
),

amounts as (
    select * from even
    union all by name
    select * from uneven
),

requests as (
    select
        organization_id,
        api_key_id,
        billed_model_id as model_id,
        quarter_hour,
        completed_at,
        native_id,
        source_id,
        cast(sum(amount) as decimal(38, 12)) as amount
    from amounts
    group by all
    having sum(amount) <> 0
),

after as (
    select
        requests.*,
        hours.after_usage_amount + coalesce(sum(requests.amount) over (
            partition by requests.organization_id, requests.quarter_hour
            order by
                requests.completed_at, requests.native_id, requests.source_id,
                requests.api_key_id, requests.model_id
            rows between 1 following and unbounded following
        ), 0) as left_amount
    from requests
    inner join hours
        on
            requests.organization_id = hours.organization_id
            and requests.quarter_hour = hours.quarter_hour
),

final as (
    select
        * replace (cast(left_amount as decimal(38, 12)) as left_amount),
        left_amount + amount > 0
        and max(left_amount) over (
            partition by organization_id, quarter_hour
            order by completed_at, native_id, source_id, api_key_id, model_id
            rows between current row and unbounded following
        ) <= 0 as uses_up
    from after
)

select * from final
