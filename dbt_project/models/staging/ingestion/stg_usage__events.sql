with events as (
    select * from {{ source('raw', 'usage_event') }}
),

final as (
    select
        ingest_sequence,
        line_number,
        source_id,
        native_id,
        kind,
        organization_id,
        project_id,
        api_key_id,
        requested_model,
        answered_model,
        provider,
        region,
        service_tier_asked,
        service_tier,
        is_byok,
        outcome,
        cast(status_code // 100 as smallint) as status_class,
        throttle_cause,
        usage_quality,
        started_at,
        completed_at,
        {{ quarter_hour('completed_at') }} as quarter_hour,
        latency_ms,
        cast(case when kind = 'reversal' then -1 else 1 end as bigint) as requests,
        {{ context_band(
            'input_uncached_tokens + cache_read_tokens + cache_write_5m_tokens'
            ~ ' + cache_write_1h_tokens + cache_write_unknown_ttl_tokens'
        ) }} as context_band,
        {{ each_meter('@_tokens') }}
    from events
)

select * from final
