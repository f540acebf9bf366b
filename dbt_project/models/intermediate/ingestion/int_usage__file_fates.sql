-- Taken from the raw rows, never from the rollup: this is the other side of the conservation.
with owners as (
    select * from {{ source('raw', 'key_owner') }}
),

accepted as (
    select
        events.ingest_sequence,
        owners.organization_id,
        events.quarter_hour,
        cast(sum(events.requests) as bigint) as requests,
        {{ each_meter('cast(sum(events.requests * events.@_tokens) as bigint) as @_tokens') }}
    from {{ ref('stg_usage__events') }} as events
    inner join owners on events.owner_id = owners.owner_id
    {{ only_new_files() }}
    group by events.ingest_sequence, owners.organization_id, events.quarter_hour
),

duplicates as (
    select
        ingest_sequence,
        organization_id,
        {{ quarter_hour('completed_at') }} as quarter_hour,
        cast(count(*) as bigint) as requests,
        {{ each_meter('cast(sum(@_tokens) as bigint) as @_tokens') }}
    from {{ source('raw', 'duplicate_event') }}
    {{ only_new_files() }}
    group by ingest_sequence, organization_id, {{ quarter_hour('completed_at') }}
),

quarantined as (
    select
        ingest_sequence,
        organization_id,
        {{ quarter_hour('completed_at') }} as quarter_hour,
        reason,
        cast(count(*) as bigint) as requests,
        {{ each_meter('cast(sum(@_tokens) as bigint) as @_tokens') }}
    from {{ source('raw', 'quarantined_event') }}
    {{ only_new_files() }}
    group by ingest_sequence, organization_id, {{ quarter_hour('completed_at') }}, reason
),

released as (
    select
        ingest_sequence,
        organization_id,
        {{ quarter_hour('completed_at') }} as quarter_hour,
        reason,
        cast(-count(*) as bigint) as requests,
        {{ each_meter('cast(-sum(@_tokens) as bigint) as @_tokens') }}
    from {{ source('raw', 'quarantine_release') }}
    {{ only_new_files() }}
    group by ingest_sequence, organization_id, {{ quarter_hour('completed_at') }}, reason
),

final as (
    select
        ingest_sequence,
        organization_id,
        quarter_hour,
        'accepted' as fate,
        '' as reason,
        requests,
        {{ each_meter('@_tokens') }}
    from accepted
    union all
    select
        ingest_sequence,
        organization_id,
        quarter_hour,
        'duplicate' as fate,
        '' as reason,
        requests,
        {{ each_meter('@_tokens') }}
    from duplicates
    union all
    select
        ingest_sequence,
        organization_id,
        quarter_hour,
        'quarantined' as fate,
        reason,
        requests,
        {{ each_meter('@_tokens') }}
    from quarantined
    union all
    select
        ingest_sequence,
        organization_id,
        quarter_hour,
        'quarantined' as fate,
        reason,
        requests,
        {{ each_meter('@_tokens') }}
    from released
)

select * from final
