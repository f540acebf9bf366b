{{ config(materialized='view') }}

-- Usage of charges that are discounted, partly free or tiered, by key and quarter hour.
with cells as (
    select distinct
        {{ usage_cell() }},
        meter
    from {{ ref('int_prepaid__prices') }}
    where unit_price is null and starts_at is not null
),

key_slices as (
    {{ balance_key_slices() }}
),

placed as (
    select
        key_slices.*,
        cells.meter
    from key_slices
    inner join cells using ({{ usage_cell() }})
),

other_meters as (
    {{ usage_of_slices(ref('int_usage__quarter_hour_meters'), ref('int_rating__billing_slices')) }}
),

rolled_up as (
    {{ usage_of_slices(ref('int_usage__quarter_hours'), ref('int_rating__billing_slices')) }}
),

quarter_hours as (
    select
        hours.* exclude (requests),
        hours.requests - coalesce(counted.requests, 0) as requests
    from rolled_up as hours
    left join other_meters as counted
        on
            hours.usage_key_id = counted.usage_key_id
            and hours.quarter_hour = counted.quarter_hour
            and hours.ingest_sequence = counted.ingest_sequence
            and counted.meter = 'request'
    where hours.usage_key_id in (select placed.usage_key_id from placed)
),

used as (
    select
        placed.*,
        quarter_hours.quarter_hour,
        case placed.meter
            {{ each_meter("when '@' then quarter_hours.@_tokens", "") }}
            when 'request' then quarter_hours.requests
            else 0
        end as quantity
    from quarter_hours
    inner join placed
        on
            {{ in_key_slice('quarter_hours', 'placed') }}
    {{ where_price_state_fits('quarter_hours', 'placed') }}
    union all by name
    select
        placed.*,
        other_meters.quarter_hour,
        other_meters.quantity
    from other_meters
    inner join placed
        on
            {{ in_key_slice('other_meters', 'placed') }}
            and other_meters.meter = placed.meter
    {{ where_price_state_fits('other_meters', 'placed') }}
),

final as (
    select
        {{ usage_cell() }},
        meter,
        api_key_id,
        quarter_hour,
        cast(sum(quantity) as bigint) as quantity
    from used
    group by all
    having sum(quantity) <> 0
)

select * from final
