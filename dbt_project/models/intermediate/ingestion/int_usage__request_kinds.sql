{{ config(full_refresh=false) }}

-- A register, like that of standings. A file whose requests are all of known kinds adds no row
-- and is looked at again next time, which changes nothing.
with events as (
    select * from {{ ref('stg_usage__events') }}
    {{ only_unseen_files() }}
),

kinds as (
    select
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
        context_band,
        max(ingest_sequence) as seen_up_to
    from events
    group by
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
        context_band
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
