{{ config(materialized='view') }}

-- All files up to the window's last count: earlier ones say where its cumulation starts.
with slices as (
    select * from {{ ref('int_rating__term_slices') }}
),

routes as (
    select * from {{ source('books', 'late_route') }}
),

usage_keys as (
    select
        usage_key_id,
        organization_id,
        billed_model_id
    from {{ ref('dim_usage_key') }}
    where
        not_billed_reason = ''
        and organization_id in (select slices.organization_id from slices)
),

quarter_hour_meters as (
    select * from {{ ref('int_usage__quarter_hour_meters') }}
    where {{ in_time_of('slices') }}
),

-- Requests whose own rows give the meter `request` are charged what their rows say.
token_usage as (
    select
        quarter_hours.* replace (
            quarter_hours.requests - coalesce(counted_by_logs.requests, 0) as requests
        )
    from {{ ref('int_usage__quarter_hours') }} as quarter_hours
    inner join usage_keys on quarter_hours.usage_key_id = usage_keys.usage_key_id
    left join quarter_hour_meters as counted_by_logs
        on
            quarter_hours.usage_key_id = counted_by_logs.usage_key_id
            and quarter_hours.quarter_hour = counted_by_logs.quarter_hour
            and quarter_hours.ingest_sequence = counted_by_logs.ingest_sequence
            and counted_by_logs.meter = 'request'
    where
        quarter_hours.quarter_hour >= (select min(slices.starts_at) from slices)
        and quarter_hours.quarter_hour < (select max(slices.ends_at) from slices)
),

token_meters as (
    unpivot token_usage
    on requests, {{ each_meter('@_tokens as "@"') }}
    into name meter value quantity
),

metered as (
    select * from token_meters
    where quantity <> 0
    union all by name
    select * exclude (requests) from quarter_hour_meters
),

final as (
    select
        slices.organization_id,
        slices.billing_month,
        slices.service_month,
        slices.after_sequence,
        coalesce(routes.after_sequence, 0) as files_after_sequence,
        metered.ingest_sequence <= slices.after_sequence as is_earlier,
        metered.ingest_sequence,
        metered.quarter_hour,
        slices.rated_at as starts_at,
        slices.terms_from_at,
        slices.contract_id,
        metered.usage_key_id,
        metered.meter,
        metered.quantity
    from metered
    inner join usage_keys on metered.usage_key_id = usage_keys.usage_key_id
    inner join slices
        on
            usage_keys.organization_id = slices.organization_id
            and usage_keys.billed_model_id = slices.billed_model_id
            and slices.meter
            = case metered.meter when 'requests' then 'request' else metered.meter end
            and metered.quarter_hour >= slices.starts_at
            and metered.quarter_hour < slices.ends_at
            and metered.ingest_sequence <= slices.up_to_sequence
    left join routes
        on
            slices.organization_id = routes.organization_id
            and slices.service_month = routes.service_month
            and metered.ingest_sequence > routes.after_sequence
            and metered.ingest_sequence <= routes.up_to_sequence
    {{ where_price_state_fits('metered', 'slices') }}
)

select * from final
