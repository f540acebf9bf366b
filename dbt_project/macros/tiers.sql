{#-
    Latencies of a month from their histogram. Of a percentile the bucket is known: it lies above
    one bound and at most at the next, so at most 2.5 times as high as the lower one (500,000 ms and
    more is one bucket without an upper bound). Hours are UTC hours, those that begin in the month.
-#}
{% macro latency_percentiles(percents) -%}
    select
        organization_id,
        service_tier,
        model_id,
        cast(max(total) as bigint) as timed_requests,
        {%- for percent in percents %}
        min(latency_up_to_ms) filter (where running * 100 >= total * {{ percent }})
            as p{{ percent }}_up_to_ms{{ "," if not loop.last }}
        {%- endfor %}
    from (
        select
            *,
            sum(requests) over (latency order by latency_up_to_ms) as running,
            sum(requests) over latency as total
        from (
            select
                hours.organization_id,
                hours.service_tier,
                hours.model_id,
                hours.latency_up_to_ms,
                sum(hours.requests) as requests
            from {{ ref('int_usage__latency_hours') }} as hours
            inner join months
                on
                    hours.organization_id = months.organization_id
                    and hours.usage_hour >= months.starts_at
                    and hours.usage_hour < months.ends_at
                    and hours.ingest_sequence <= months.watermark
            where {{ near_month('hours.usage_hour', 2) }}
            group by all
        ) as buckets
        window latency as (partition by organization_id, service_tier, model_id)
    ) as summed
    where total > 0
    group by organization_id, service_tier, model_id
{%- endmacro %}

{#- The bound below that of a bucket. -#}
{% macro latency_above(bound) -%}
    case {{ bound }}
        {%- set bounds = [
            0, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000,
            500000, 1000000,
        ] %}
        {%- for upper in bounds[1:] %}
        when {{ upper }} then {{ bounds[loop.index0] }}
        {%- endfor %}
    end
{%- endmacro %}

{#- What contracts promise of tiers on the month's last day. -#}
{% macro promises_of_last_day() -%}
    select
        contracts.organization_id,
        promises.service_tier,
        promises.model_id,
        promises.success_pct,
        promises.p95_ms
    from {{ source('catalog', 'tier_promises') }} as promises
    inner join {{ source('catalog', 'contracts') }} as contracts
        on promises.contract_id = contracts.contract_id
    where
        promises.valid_from_date <= {{ last_day() }}
        and promises.valid_to_date > {{ last_day() }}
{%- endmacro %}

{#- Counts, percentiles and whether promises were met; a bucket around one decides nothing. -#}
{% macro tier_attained(counted, percentiles, promised) -%}
        {%- set judged = counted ~ ".succeeded_requests + " ~ counted ~ ".failed_requests" -%}
        {%- set p95 = percentiles ~ ".p95_up_to_ms" -%}
        {{ counted }}.*,
        case
            when {{ judged }} > 0
                then {{ counted }}.succeeded_requests * 1000000 // ({{ judged }})
        end as success_per_million,
        coalesce({{ percentiles }}.timed_requests, 0) as timed_requests,
        {%- for percent in [50, 95, 99] %}
        cast({{ latency_above(percentiles ~ ".p" ~ percent ~ "_up_to_ms") }} as bigint)
            as p{{ percent }}_above_ms,
        nullif({{ percentiles }}.p{{ percent }}_up_to_ms, 1000000) as p{{ percent }}_up_to_ms,
        {%- endfor %}
        cast({{ millionths(promised ~ ".success_pct") }} as bigint) as promised_success_per_million,
        {{ promised }}.p95_ms as promised_p95_ms,
        case
            when {{ promised }}.success_pct is null or {{ judged }} <= 0 then ''
            when
                {{ counted }}.succeeded_requests * cast(1000000 as hugeint)
                >= {{ millionths(promised ~ ".success_pct") }} * ({{ judged }})
                then 'met'
            else 'missed'
        end as success_attainment,
        case
            when {{ promised }}.p95_ms is null or {{ p95 }} is null then ''
            when {{ p95 }} < 1000000 and {{ p95 }} <= {{ promised }}.p95_ms then 'met'
            when {{ latency_above(p95) }} >= {{ promised }}.p95_ms then 'missed'
            else 'undecided'
        end as p95_attainment
{%- endmacro %}
