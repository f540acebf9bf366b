-- A month is told up to its end, or to the quarter hour of the newest request that a file brought.
with months as (
    select
        months.organization_id,
        profiles.zone,
        months.starts_at,
        months.ends_at,
        watermarks.watermark
    from {{ ref('int_rating__month_bounds') }} as months
    inner join {{ source('books', 'month_watermark') }} as watermarks
        on
            months.organization_id = watermarks.organization_id
            and months.service_month = watermarks.billing_month
    inner join {{ source('catalog', 'billing_profiles') }} as profiles
        on months.organization_id = profiles.organization_id
    where months.service_month = {{ billing_month() }}
),

heard as (
    select
        marks.watermark,
        {{ quarter_hour_after('max(files.last_completed_at)') }} as up_to_at
    from (select distinct months.watermark from months) as marks
    inner join {{ source('raw', 'ingest_file') }} as files
        on marks.watermark >= files.ingest_sequence
    group by marks.watermark
),

final as (
    select
        months.organization_id,
        months.zone,
        months.starts_at,
        months.ends_at,
        least(months.ends_at, heard.up_to_at) as as_of_at,
        months.watermark
    from months
    inner join heard on months.watermark = heard.watermark
)

select * from final
