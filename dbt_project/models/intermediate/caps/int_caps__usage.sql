{{ config(materialized='table') }}

-- From 40 days before the month: a period that began in the month before, and the week before that
-- for what is usual.
with months as (
    select * from {{ ref('int_caps__months') }}
),

subject_keys as (
    select * from {{ ref('int_caps__usage_keys') }}
),

-- What a request makes where it names no pictures: one.
{{ countable_usage(near_month('quarter_hour', 42)) }},

used as (
    select
        subject_keys.*,
        hours.quarter_hour,
        hours.ingest_sequence,
        hours.requests,
        hours.tokens + coalesce(other.tokens, 0) as tokens,
        case
            when subject_keys.is_without_generations then 0
            else hours.requests + coalesce(other.more_generations, 0)
        end as generations
    from quarter_hours as hours
    inner join subject_keys on hours.usage_key_id = subject_keys.usage_key_id
    inner join months
        on
            subject_keys.organization_id = months.organization_id
            and hours.quarter_hour >= months.starts_at - interval '40 days'
            and hours.quarter_hour < months.ends_at
            and hours.ingest_sequence <= months.watermark
    left join other_meters as other
        on
            hours.usage_key_id = other.usage_key_id
            and hours.quarter_hour = other.quarter_hour
            and hours.ingest_sequence = other.ingest_sequence
),

final as (
    select
        {{ cap_subject() }},
        quarter_hour,
        ingest_sequence,
        throttle_cause,
        {%- for counted, column in [
            ("calls", "requests"), ("tokens", "tokens"), ("generations", "generations"),
        ] %}
        cast(coalesce(sum({{ column }}) filter (where is_served), 0) as bigint) as {{ counted }},
        {%- endfor %}
        cast(coalesce(sum(requests) filter (where not is_served), 0) as bigint)
            as throttled_requests
    from used
    group by {{ cap_subject() }}, quarter_hour, ingest_sequence, throttle_cause
)

select * from final
