-- A month's cap is looked at from each local midnight, with the files that had come when that day
-- was over, so that later files change nothing; every period from where the newest file ends.
with periods as (
    select * from {{ ref('int_caps__periods') }}
    where measured_over = 'period'
),

files as (
    select
        ingest_sequence,
        max(last_completed_at) over (order by ingest_sequence) as heard_up_to_at
    from {{ source('raw', 'ingest_file') }}
),

final as (
    select
        limit_period_id,
        as_of_at as looked_at,
        watermark as up_to_sequence,
        true as is_newest
    from periods
    where as_of_at < period_ends_at
    union all
    select
        periods.limit_period_id,
        days.starts_at as looked_at,
        min(files.ingest_sequence) as up_to_sequence,
        false as is_newest
    from periods
    inner join {{ ref('int_caps__days') }} as days
        on
            periods.zone = days.zone
            and periods.counts_from_at < days.starts_at
            and periods.as_of_at >= days.starts_at
            and periods.period_ends_at > days.starts_at
    inner join files
        on
            days.starts_at <= files.heard_up_to_at
            and periods.watermark >= files.ingest_sequence
    where {{ is_monthly('periods.limit_kind') }}
    group by periods.limit_period_id, days.starts_at
)

select * from final
