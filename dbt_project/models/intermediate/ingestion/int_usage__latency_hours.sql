with events as (
    select
        ingest_sequence,
        owner_id,
        shape_id,
        {{ hour_of('completed_at') }} as usage_hour,
        {{ latency_bucket('latency_ms') }} as latency_up_to_ms,
        requests
    from {{ ref('stg_usage__events') }}
    {{ only_new_files() }}
),

owners as (
    select * from {{ source('raw', 'key_owner') }}
),

shapes as (
    select
        shape_id,
        case when answered_model = '' then requested_model else answered_model end as model_name,
        service_tier
    from {{ source('raw', 'request_shape') }}
),

names as (
    {{ model_names(logged_names()) }}
),

summed as (
    select
        events.ingest_sequence,
        owners.organization_id,
        shapes.model_name,
        shapes.service_tier,
        events.usage_hour,
        events.latency_up_to_ms,
        sum(events.requests) as requests
    from events
    inner join owners on events.owner_id = owners.owner_id
    inner join shapes on events.shape_id = shapes.shape_id
    where events.latency_up_to_ms is not null
    group by
        events.ingest_sequence, owners.organization_id,
        shapes.model_name,
        shapes.service_tier, events.usage_hour, events.latency_up_to_ms
),

final as (
    select
        summed.ingest_sequence,
        summed.organization_id,
        coalesce(names.model_id, summed.model_name) as model_id,
        summed.service_tier,
        summed.usage_hour,
        cast(summed.latency_up_to_ms as bigint) as latency_up_to_ms,
        cast(sum(summed.requests) as bigint) as requests
    from summed
    left join names on summed.model_name = names.alias
    group by
        summed.ingest_sequence, summed.organization_id, coalesce(names.model_id, summed.model_name),
        summed.service_tier, summed.usage_hour, summed.latency_up_to_ms
)

select * from final
