{{ config(materialized='table') }}

-- The only model of money that reads requests: those of quarter hours in which a balance ran out.
with stored_events as materialized (
    {{ exhausted_events() }}
),

standings as (
    {{ standings_of_owners() }}
),

request_kinds as (
    {{ kinds_of_shapes() }}
),

key_slices as (
    {{ balance_key_slices() }}
),

events as (
    select
        stored_events.* exclude (shape_id, owner_id, started_at, latency_ms, context_band),
        shapes.source_id,
        {{ usage_key_id('standings', 'request_kinds') }} as usage_key_id
    from stored_events
    inner join standings on {{ same_standing('stored_events', 'standings') }}
    inner join request_kinds on {{ same_kind('stored_events', 'request_kinds') }}
    inner join {{ source('raw', 'request_shape') }} as shapes
        on stored_events.shape_id = shapes.shape_id
),

placed as (
    select
        key_slices.* exclude (usage_key_id),
        events.*
    from events
    inner join key_slices on {{ in_key_slice('events', 'key_slices') }}
    inner join {{ ref('int_prepaid__exhausted_hours') }} as hours
        on
            key_slices.organization_id = hours.organization_id
            and events.quarter_hour = hours.quarter_hour
    {{ where_price_state_fits('events', 'key_slices') }}
),

other_meters as (
    select
        placed.ingest_sequence,
        placed.line_number,
        counted.meter,
        counted.quantity
    from placed
    inner join {{ source('raw', 'usage_event_meter') }} as counted
        on
            placed.ingest_sequence = counted.ingest_sequence
            and placed.line_number = counted.line_number
            and counted.fate = 'accepted'
),

-- A request counts once, or what its own row says.
counted as (
    select
        ingest_sequence,
        line_number,
        unnest([{{ each_meter("{'meter': '@', 'quantity': @_tokens}") }}], recursive := true)
    from placed
    union all
    select
        placed.ingest_sequence,
        placed.line_number,
        'request' as meter,
        1 as quantity
    from placed
    left join other_meters as own
        on
            placed.ingest_sequence = own.ingest_sequence
            and placed.line_number = own.line_number
            and own.meter = 'request'
    where own.meter is null
    union all
    select * from other_meters
),

final as (
    select
        {{ share_grain() }},
        placed.api_key_id,
        placed.quarter_hour,
        placed.completed_at,
        placed.native_id,
        placed.source_id,
        cast(sum(placed.requests * counted.quantity) as bigint) as quantity
    from placed
    inner join counted using (ingest_sequence, line_number)
    group by all
    having sum(placed.requests * counted.quantity) <> 0
)

select * from final
