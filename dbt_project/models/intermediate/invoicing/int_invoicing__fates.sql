{{ config(materialized='view') }}

-- What was received, in the month that bills it. A row without a readable time or a known
-- organization counts under `unknown`, in the month of its file.
with files as (
    select * from {{ source('raw', 'ingest_file') }}
),

organizations as (
    select * from {{ source('catalog', 'organizations') }}
),

months as (
    select * from {{ ref('int_rating__billing_months') }}
),

windows as (
    select * from {{ ref('int_rating__windows') }}
),

unknown_months as (
    select
        windows.billing_month,
        files.ingest_sequence
    from windows
    inner join files
        on
            windows.service_month = files.file_month
            and windows.after_sequence < files.ingest_sequence
            and windows.up_to_sequence >= files.ingest_sequence
    where windows.organization_id = 'unknown'
),

placed as (
    {{ placed_fates(ref('int_usage__file_fates'), "requests, " ~ each_meter('@_tokens')) }}
),

placed_meters as (
    {{ placed_fates(ref('int_usage__file_fate_meters'), 'meter, quantity') }}
),

sums as (
    select
        organization_id,
        billing_month,
        fate,
        reason,
        cast(sum(requests) as bigint) as requests,
        {{ each_meter('cast(sum(@_tokens) as bigint) as "@"') }}
    from placed
    group by organization_id, billing_month, fate, reason
),

fates as (
    unpivot sums
    on requests, {{ each_meter('"@"') }}
    into name meter value quantity
),

final as (
    select
        organization_id,
        billing_month,
        fate,
        reason,
        meter,
        quantity
    from fates
    union all
    select
        organization_id,
        billing_month,
        fate,
        reason,
        meter,
        cast(sum(quantity) as bigint) as quantity
    from placed_meters
    group by organization_id, billing_month, fate, reason, meter
)

select * from final
