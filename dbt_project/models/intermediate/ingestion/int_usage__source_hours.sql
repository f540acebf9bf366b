with events as (
    select
        source_id,
        {{ hour_of('completed_at') }} as usage_hour,
        ingest_sequence,
        requests
    from {{ ref('stg_usage__events') }}
    {{ only_new_files() }}
),

final as (
    select
        source_id,
        usage_hour,
        ingest_sequence,
        cast(sum(requests) as bigint) as requests
    from events
    group by source_id, usage_hour, ingest_sequence
)

select * from final
