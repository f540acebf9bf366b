with meters as (
    select * from {{ source('raw', 'usage_event_meter') }}
    {{ only_new_files() }}
),

owners as (
    select * from {{ source('raw', 'key_owner') }}
),

fated as (
    select
        events.ingest_sequence,
        events.line_number,
        owners.organization_id,
        events.completed_at,
        'accepted' as fate,
        'accepted' as counted_as,
        '' as reason,
        events.requests as sign
    from {{ ref('stg_usage__events') }} as events
    inner join owners on events.owner_id = owners.owner_id
    {{ only_new_files() }}
    union all
    select
        ingest_sequence,
        line_number,
        organization_id,
        completed_at,
        'duplicate' as fate,
        'duplicate' as counted_as,
        '' as reason,
        1 as sign
    from {{ source('raw', 'duplicate_event') }}
    {{ only_new_files() }}
    union all
    select
        ingest_sequence,
        line_number,
        organization_id,
        completed_at,
        'quarantined' as fate,
        'quarantined' as counted_as,
        reason,
        1 as sign
    from {{ source('raw', 'quarantined_event') }}
    {{ only_new_files() }}
    union all
    select
        ingest_sequence,
        line_number,
        organization_id,
        completed_at,
        'released' as fate,
        'quarantined' as counted_as,
        reason,
        -1 as sign
    from {{ source('raw', 'quarantine_release') }}
    {{ only_new_files() }}
),

final as (
    select
        fated.ingest_sequence,
        fated.organization_id,
        {{ quarter_hour('fated.completed_at') }} as quarter_hour,
        fated.counted_as as fate,
        fated.reason,
        meters.meter,
        cast(sum(fated.sign * meters.quantity) as bigint) as quantity
    from meters
    inner join fated
        on
            meters.ingest_sequence = fated.ingest_sequence
            and meters.line_number = fated.line_number
            and meters.fate = fated.fate
    group by
        fated.ingest_sequence,
        fated.organization_id,
        {{ quarter_hour('fated.completed_at') }},
        fated.counted_as,
        fated.reason,
        meters.meter
)

select * from final
