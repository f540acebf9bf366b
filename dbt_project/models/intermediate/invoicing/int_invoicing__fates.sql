{{ config(materialized='view') }}

-- What was received, in the month that bills it. A row without a readable time or a known
-- organization counts under `unknown`, in the month of its file.
with file_fates as (
    select * from {{ ref('int_usage__file_fates') }}
),

file_fate_meters as (
    select * from {{ ref('int_usage__file_fate_meters') }}
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
    select * from {{ ref('int_rating__month_bounds') }}
),

fates as (
    unpivot file_fates
    on requests, {{ each_meter('@_tokens as "@"') }}
    into name meter value quantity
),

all_fates as (
    select * from fates
    union all by name
    select * from file_fate_meters
),

placed as (
    select
        all_fates.*,
        months.organization_id as placed_organization_id,
        months.service_month
    from all_fates
    inner join months
        on
            all_fates.organization_id = months.organization_id
            and all_fates.quarter_hour >= months.starts_at
            and all_fates.quarter_hour < months.ends_at
    union all
    select
        all_fates.*,
        'unknown' as placed_organization_id,
        files.file_month as service_month
    from all_fates
    inner join files on all_fates.ingest_sequence = files.ingest_sequence
    left join organizations on all_fates.organization_id = organizations.organization_id
    where organizations.organization_id is null or all_fates.quarter_hour is null
),

final as (
    select
        windows.organization_id,
        windows.billing_month,
        placed.fate,
        placed.reason,
        placed.meter,
        cast(sum(placed.quantity) as bigint) as quantity
    from placed
    inner join windows
        on
            placed.placed_organization_id = windows.organization_id
            and placed.service_month = windows.service_month
            and placed.ingest_sequence > windows.after_sequence
            and placed.ingest_sequence <= windows.up_to_sequence
    group by
        windows.organization_id, windows.billing_month, placed.fate, placed.reason, placed.meter
)

select * from final
