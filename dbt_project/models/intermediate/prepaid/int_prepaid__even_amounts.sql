{{ config(materialized='table') }}

-- Quantity times price, added up as it is read: the rollup of prepaid customers is large, and few
-- of their charges need more. A number stands for key and model until the sums are made.
with prices as (
    select * from {{ ref('int_prepaid__prices') }}
    where unit_price is not null and starts_at is not null
),

cells as (
    select
        {{ usage_cell() }},
        {{ each_meter("coalesce(max(case when meter = '@' then unit_price end), 0) as @_price") }},
        coalesce(max(case when meter = 'request' then unit_price end), 0) as request_price
    from prices
    group by all
),

key_slices as (
    {{ balance_key_slices() }}
),

priced as (
    select
        key_slices.*,
        {{ each_meter("cells.@_price") }},
        cells.request_price
    from key_slices
    inner join cells using ({{ usage_cell() }})
),

quarter_hours as (
    {{ usage_of_slices(ref('int_usage__quarter_hours'), ref('int_rating__billing_slices')) }}
),

other_meters as (
    {{ usage_of_slices(ref('int_usage__quarter_hour_meters'), ref('int_rating__billing_slices')) }}
),

amounts as (
    select
        priced.pair_id,
        greatest(quarter_hours.quarter_hour, priced.month_starts_at) as quarter_hour,
        {{ each_meter("quarter_hours.@_tokens * priced.@_price", " +") }} as amount
    from quarter_hours
    inner join priced
        on
            {{ in_key_slice('quarter_hours', 'priced') }}
    {{ where_price_state_fits('quarter_hours', 'priced') }}
    union all
    select
        priced.pair_id,
        greatest(quarter_hours.quarter_hour, priced.month_starts_at) as quarter_hour,
        (quarter_hours.requests - coalesce(counted.requests, 0)) * priced.request_price as amount
    from quarter_hours
    inner join priced
        on
            {{ in_key_slice('quarter_hours', 'priced') }}
            and priced.request_price > 0
    left join other_meters as counted
        on
            quarter_hours.usage_key_id = counted.usage_key_id
            and quarter_hours.quarter_hour = counted.quarter_hour
            and quarter_hours.ingest_sequence = counted.ingest_sequence
            and counted.meter = 'request'
    {{ where_price_state_fits('quarter_hours', 'priced') }}
    union all
    select
        key_slices.pair_id,
        greatest(other_meters.quarter_hour, key_slices.month_starts_at) as quarter_hour,
        other_meters.quantity * prices.unit_price as amount
    from other_meters
    inner join key_slices
        on
            {{ in_key_slice('other_meters', 'key_slices') }}
    inner join prices using ({{ share_grain() }})
    {{ where_price_state_fits('other_meters', 'key_slices') }}
),

final as (
    select
        pair_id,
        quarter_hour,
        cast(sum(amount) as decimal(38, 12)) as amount
    from amounts
    group by pair_id, quarter_hour
)

select * from final
