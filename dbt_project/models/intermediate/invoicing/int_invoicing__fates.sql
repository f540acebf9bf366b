-- What was received, in the month that bills it. A row without a readable time or a known
-- organization counts under `unknown`, in the month of its file.
{{ config(materialized='view') }}

with file_fates as (

    select ingest_sequence, organization_id, quarter_hour, fate, reason, meter, quantity
    from (
        unpivot {{ ref('int_usage__file_fates') }}
        on requests, {{ each_meter('@_tokens as "@"') }}
        into name meter value quantity
    )
    union all
    select ingest_sequence, organization_id, quarter_hour, fate, reason, meter, quantity
    from {{ ref('int_usage__file_fate_meters') }}

),

files as (

    select * from {{ source('raw', 'ingest_file') }}

),

organizations as (

    select * from {{ source('catalog', 'organizations') }}

),

windows as (

    select * from {{ ref('int_rating__windows') }}

),

months as (

    select
        organization_id,
        service_month,
        min(starts_at) as starts_at,
        max(ends_at) as ends_at
    from {{ source('catalog', 'rating_slice') }}
    group by organization_id, service_month

),

known as (

    select
        file_fates.ingest_sequence,
        file_fates.organization_id,
        months.service_month,
        file_fates.fate,
        file_fates.reason,
        file_fates.meter,
        file_fates.quantity
    from file_fates
    inner join months
        on
            file_fates.organization_id = months.organization_id
            and file_fates.quarter_hour >= months.starts_at
            and file_fates.quarter_hour < months.ends_at

),

unknown as (

    select
        file_fates.ingest_sequence,
        'unknown' as organization_id,
        files.file_month as service_month,
        file_fates.fate,
        file_fates.reason,
        file_fates.meter,
        file_fates.quantity
    from file_fates
    inner join files on file_fates.ingest_sequence = files.ingest_sequence
    left join organizations on file_fates.organization_id = organizations.organization_id
    where
        organizations.organization_id is null
        or file_fates.quarter_hour is null

),

final as (

    select
        fates.organization_id,
        windows.billing_month,
        fates.fate,
        fates.reason,
        fates.meter,
        cast(sum(fates.quantity) as bigint) as quantity
    from (select * from known union all select * from unknown) as fates
    inner join windows
        on
            fates.organization_id = windows.organization_id
            and fates.service_month = windows.service_month
            and fates.ingest_sequence > windows.after_sequence
            and fates.ingest_sequence <= windows.up_to_sequence
    group by
        fates.organization_id, windows.billing_month, fates.fate, fates.reason, fates.meter

)

select * from final
