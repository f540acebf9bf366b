{{ config(materialized='view') }}

with billed_providers as (
    select distinct provider from {{ ref('int_rating__provider_bill_days') }}
),

models as (
    select * from {{ source('catalog', 'models') }}
),

files as (
    select * from {{ source('raw', 'ingest_file') }}
),

-- What never reached a provider is on nobody's bill, and a failure only if it counted tokens.
sent as (
    select
        *,
        coalesce(nullif(answered_model_id, ''), requested_model_id) as model_id,
        case
            when outcome = 'gateway_cache_hit' then outcome
            when is_byok then 'byok'
            else 'sent'
        end as part
    from {{ ref('dim_usage_key') }}
    where outcome in ('success', 'client_aborted', 'upstream_error', 'gateway_cache_hit')
),

quarter_hours as (
    select counted.*
    from {{ ref('int_usage__quarter_hours') }} as counted
    inner join sent on counted.usage_key_id = sent.usage_key_id
    where
        {{ in_utc_month('counted.quarter_hour') }}
        and (
            sent.outcome <> 'upstream_error'
            or ({{ each_meter('counted.@_tokens', ' +') }}) <> 0
        )
),

token_meters as (
    unpivot quarter_hours
    on requests, {{ each_meter('@_tokens as "@"') }}
    into name meter value quantity
),

measures as (
    select * from token_meters
    union all by name
    select * exclude (requests) from {{ ref('int_usage__quarter_hour_meters') }}
    where {{ in_utc_month('quarter_hour') }}
),

placed as (
    select
        -- Whoever runs the model, what went through OpenRouter is on its bill.
        case
            when files.format like 'openrouter%' then 'openrouter'
            else coalesce(nullif(lower(sent.provider), ''), models.provider, '')
        end as provider,
        sent.model_id,
        sent.service_tier,
        sent.region,
        sent.context_band,
        sent.part,
        measures.quarter_hour,
        measures.meter,
        measures.quantity
    from measures
    inner join sent on measures.usage_key_id = sent.usage_key_id
    inner join files on measures.ingest_sequence = files.ingest_sequence
    left join models on sent.model_id = models.model_id
),

final as (
    select
        placed.provider,
        placed.model_id,
        placed.service_tier,
        placed.region,
        placed.context_band,
        placed.part,
        placed.quarter_hour,
        placed.meter,
        cast(sum(placed.quantity) as bigint) as quantity
    from placed
    inner join billed_providers on placed.provider = billed_providers.provider
    group by
        placed.provider, placed.model_id, placed.service_tier, placed.region,
        placed.context_band, placed.part, placed.quarter_hour, placed.meter
    having sum(placed.quantity) <> 0
)

select * from final
