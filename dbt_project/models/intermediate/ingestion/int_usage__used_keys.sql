{{ config(pre_hook='{{ forget_moved_keys() }}') }}

-- Which usage keys the rollup has, without reading it whole: new files, and keys that moved.
with used as (
    select
        usage_key_id,
        max(ingest_sequence) as seen_up_to
    from {{ ref('int_usage__quarter_hours') }}
    {% if is_incremental() %}
    where
        ingest_sequence > (
            select greatest({{ rolled_up_to() }}, coalesce(max(known.seen_up_to), 0))
            from {{ this }} as known
        )
        {{ or_of_moved_keys() }}
    {% endif %}
    group by usage_key_id
),

final as (
    select
        used.usage_key_id,
        cast(used.seen_up_to as integer) as seen_up_to
    from used
    {% if is_incremental() %}
    left join {{ this }} as known on used.usage_key_id = known.usage_key_id
    where known.usage_key_id is null
    {% endif %}
)

select * from final
