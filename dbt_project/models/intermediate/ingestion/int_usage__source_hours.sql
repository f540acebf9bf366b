with events as (
    select
        shape_id,
        {{ hour_of('completed_at') }} as usage_hour,
        ingest_sequence,
        requests
    from {{ ref('stg_usage__events') }}
    {{ only_new_files() }}
),

shapes as (
    select * from {{ source('raw', 'request_shape') }}
),

summed as (
    select
        shape_id,
        usage_hour,
        ingest_sequence,
        sum(requests) as requests
    from events
    group by shape_id, usage_hour, ingest_sequence
),

final as (
    select
        shapes.source_id,
        summed.usage_hour,
        summed.ingest_sequence,
        cast(sum(summed.requests) as bigint) as requests
    from summed
    inner join shapes on summed.shape_id = shapes.shape_id
    group by shapes.source_id, summed.usage_hour, summed.ingest_sequence
)

select * from final
