{{ config(full_refresh=false) }}

-- A register, like that of standings. A file whose requests are all of known kinds adds no row
-- and is looked at again next time, which changes nothing.
with events as (
    select * from {{ ref('stg_usage__events') }}
    {{ only_unseen_files() }}
),

used as (
    select
        shape_id,
        is_reversal,
        context_band,
        max(ingest_sequence) as seen_up_to
    from events
    group by shape_id, is_reversal, context_band
),

described as (
    select
        shapes.requested_model,
        shapes.answered_model,
        shapes.provider,
        shapes.region,
        shapes.service_tier_asked,
        shapes.service_tier,
        shapes.is_byok,
        shapes.outcome,
        cast(shapes.status_code // 100 as smallint) as status_class,
        shapes.throttle_cause,
        shapes.usage_quality,
        shapes.source_id,
        case when used.is_reversal then 'reversal' else shapes.kind end as kind,
        used.context_band,
        used.seen_up_to
    from used
    inner join {{ source('raw', 'request_shape') }} as shapes on used.shape_id = shapes.shape_id
),

kinds as (
    select
        {{ request_kind() }},
        max(seen_up_to) as seen_up_to
    from described
    group by {{ request_kind() }}
),

new_kinds as (
    select kinds.*
    from kinds
    {% if is_incremental() %}
    left join {{ this }} as known
        on {{ same_request_kind('kinds', 'known') }}
    where known.request_kind_id is null
    {% endif %}
),

final as (
    select
        cast(
            row_number()
                over (
                    order by
                        requested_model, answered_model, provider, region, service_tier_asked,
                        service_tier, is_byok, outcome, status_class, throttle_cause, usage_quality,
                        source_id, kind, context_band
                )
            {% if is_incremental() %}
            + (select coalesce(max(known.request_kind_id), 0) from {{ this }} as known)
            {% endif %} as integer
        ) as request_kind_id,
        requested_model,
        answered_model,
        provider,
        region,
        service_tier_asked,
        service_tier,
        is_byok,
        outcome,
        status_class,
        throttle_cause,
        usage_quality,
        source_id,
        kind,
        cast(context_band as integer) as context_band,
        cast((select max(kinds.seen_up_to) from kinds) as integer) as seen_up_to
    from new_kinds
)

select * from final
