with events as (
    select * from {{ source('raw', 'accepted_event') }}
),

final as (
    select
        ingest_sequence,
        line_number,
        shape_id,
        owner_id,
        is_reversal,
        native_id,
        started_at,
        completed_at,
        {{ quarter_hour('completed_at') }} as quarter_hour,
        latency_ms,
        cast(case when is_reversal then -1 else 1 end as bigint) as requests,
        {{ context_band(
            'input_uncached_tokens + cache_read_tokens + cache_write_5m_tokens'
            ~ ' + cache_write_1h_tokens + cache_write_unknown_ttl_tokens'
        ) }} as context_band,
        {{ each_meter('@_tokens') }}
    from events
)

select * from final
