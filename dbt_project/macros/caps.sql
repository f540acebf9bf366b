{#-
    The UTC instant of a local time in an IANA zone: of a time that the clock shows twice the first
    one, of a time that it leaves out the one as if it had not changed. As Python has it.
-#}
{% macro instant_of(local, zone) -%}
    {%- set last = "timezone('UTC', timezone(" ~ zone ~ ", " ~ local ~ "))" -%}
    case
        {%- for earlier in ["1 hour", "30 minutes"] %}
        when
            timezone({{ zone }}, timezone('UTC', {{ last }} - interval '{{ earlier }}'))
            = {{ local }}
            then {{ last }} - interval '{{ earlier }}'
        {%- endfor %}
        else {{ last }}
    end
{%- endmacro %}

{#- When a period of a subscription begins: counted from the first start, it does not drift. -#}
{% macro period_start(starts_at, local_start, zone, number) -%}
    case
        when {{ number }} = 0 then {{ starts_at }}
        else {{ instant_of(
            "cast(" ~ local_start ~ " + to_months(cast(" ~ number ~ " as integer)) as timestamp)",
            zone
        ) }}
    end
{%- endmacro %}

{#- Limits of a month that is counted from a subscription's first instant. -#}
{% macro is_monthly(limit_kind) -%}
    {{ limit_kind }} in (
        'monthly_token_cap', 'included_tokens', 'included_requests', 'included_generations'
    )
{%- endmacro %}

{#- A limit of a period: of what a plan includes, what the days of its fee have of it. -#}
{% macro included_of_period() -%}
    {%- set starting, following = [
        "cast(local_start + to_months(cast(period_number as integer)) as date)",
        "cast(local_start + to_months(cast(period_number as integer) + 1) as date)",
    ] -%}
    {%- set days -%}
        date_diff(
            'day', greatest({{ starting }}, {{ local_date('limit_from_at', 'zone') }}),
            least({{ following }}, changed_date)
        )
    {%- endset -%}
    case
        when subject_kind <> 'subscription' then limit_quantity
        else cast({{ round_div(
            'cast(limit_quantity as hugeint) * greatest(' ~ days ~ ', 0)',
            "date_diff('day', " ~ starting ~ ", " ~ following ~ ")"
        ) }} as bigint)
    end
{%- endmacro %}

{#- The first quarter hour that begins at or after an instant. -#}
{% macro quarter_hour_after(instant) -%}
    {{ quarter_hour(instant ~ " + interval '15 minutes' - interval '1 microsecond'") }}
{%- endmacro %}

{#- What a limit is about. -#}
{% macro cap_subject(table="") -%}
    {%- set prefix = table ~ "." if table else "" -%}
    {{ prefix }}organization_id,
    {{ prefix }}subject_kind,
    {{ prefix }}subject_id,
    {{ prefix }}model_id
{%- endmacro %}

{% macro same_subject(left_side, right_side) -%}
    {{ left_side }}.subject_kind = {{ right_side }}.subject_kind
    and {{ left_side }}.subject_id = {{ right_side }}.subject_id
    and {{ left_side }}.model_id = {{ right_side }}.model_id
{%- endmacro %}

{#- What a limit counts, of rows that have all three. -#}
{% macro counted_quantity(counted) -%}
    case {{ counted }}
        when 'calls' then calls
        when 'tokens' then tokens
        else generations
    end
{%- endmacro %}

{#- Whole percent of a limit, rounded down: 100 is never shown before it is reached. -#}
{% macro percent_of(used, limit) -%}
    cast(cast(greatest({{ used }}, 0) as hugeint) * 100 // {{ limit }} as bigint)
{%- endmacro %}

{#- Where alerts are raised, in percent of a limit. -#}
{% macro alert_thresholds() -%}
    (values (80), (90), (100))
{%- endmacro %}

{#- Minutes of the organization's clock since its hour began: zones differ by quarter hours. -#}
{% macro minute_of_local_hour(instant, zone) -%}
    extract(minute from timezone({{ zone }}, timezone('UTC', {{ instant }})))
{%- endmacro %}

{#- The busiest minute of a period in what its limit counts, for generations requests. -#}
{% macro highest_minute(counted, peaks) -%}
    max(
        case {{ counted }}
            when 'tokens' then {{ quantity_and_minute(peaks ~ '.peak_minute_tokens') }}
            else {{ quantity_and_minute(peaks ~ '.peak_minute_requests') }}
        end
    )
{%- endmacro %}

{#- In this order, so that the greatest is the most, and of several the first. -#}
{% macro quantity_and_minute(peak) -%}
    {
        'quantity': {{ peak }},
        'earliness': -epoch_us({{ peak }}_at),
        'minute_at': {{ peak }}_at
    }
{%- endmacro %}

{#- The first look at a period that saw its limit reached before the period ends. -#}
{% macro forecast_alerts() -%}
    select
        limit_period_id,
        'forecast' as alert_kind,
        100 as threshold_percent,
        min({
            'known_from_sequence': up_to_sequence,
            'raised_at': looked_at,
            'used_quantity': cast(used_quantity as hugeint)
        }) as alert,
        arg_min(forecast_at, looked_at) as forecast_at
    from {{ ref('int_caps__forecasts') }}
    where not is_newest
    group by limit_period_id
{%- endmacro %}

{% macro alert_rows(raised, periods) -%}
    select
        {{ billing_month() }} as billing_month,
        {{ cap_subject(periods) }},
        {{ periods }}.limit_kind,
        {{ periods }}.limit_from_at,
        {{ periods }}.period_starts_at,
        {{ periods }}.period_ends_at,
        {{ raised }}.alert_kind,
        cast({{ raised }}.threshold_percent as integer) as threshold_percent,
        greatest({{ raised }}.alert.raised_at, {{ periods }}.limit_from_at) as raised_at,
        {{ raised }}.forecast_at,
        {{ periods }}.limit_quantity,
        cast({{ raised }}.alert.used_quantity as bigint) as used_quantity,
        {{ raised }}.alert.known_from_sequence
    from {{ raised }}
    inner join {{ periods }} on {{ raised }}.limit_period_id = {{ periods }}.limit_period_id
{%- endmacro %}

{% macro same_alert(known, periods, raised) -%}
    {{ same_subject(known, periods) }}
    and {{ known }}.limit_kind = {{ periods }}.limit_kind
    and {{ known }}.limit_from_at = {{ periods }}.limit_from_at
    and {{ known }}.limit_quantity = {{ periods }}.limit_quantity
    and {{ known }}.period_starts_at = {{ periods }}.period_starts_at
    and {{ known }}.alert_kind = {{ raised }}.alert_kind
    and {{ known }}.threshold_percent = {{ raised }}.threshold_percent
{%- endmacro %}

{#- From some days before the month to after its end in any zone: earlier history is not read. -#}
{% macro near_month(column, days_before) -%}
    {{ column }} >= {{ billing_month() }} - interval '{{ days_before }} days'
    and {{ column }} < {{ billing_month() }} + interval '33 days'
{%- endmacro %}

{#- The looks of each limit and period in order: a later one sees all that one before sees. -#}
{% macro numbered_looks() -%}
    select
        looks.*,
        periods.limit_quantity,
        periods.period_ends_at,
        row_number() over (
            partition by looks.limit_period_id
            order by looks.looked_at, looks.up_to_sequence, looks.is_newest
        ) as place
    from {{ ref("int_caps__looks") }} as looks
    inner join {{ ref("int_caps__periods") }} as periods
        on looks.limit_period_id = periods.limit_period_id
{%- endmacro %}

{#- The first look that goes as far, of each limit and period. -#}
{% macro first_looks(up_to) -%}
    select
        limit_period_id,
        {{ up_to }},
        min(place) as place
    from looks
    group by limit_period_id, {{ up_to }}
{%- endmacro %}

{#- What the limits and periods that are looked at have used, file by file. -#}
{% macro use_looked_at() -%}
    select
        periods.limit_period_id,
        counted.quarter_hour,
        counted.ingest_sequence,
        counted.quarter_hour >= periods.counts_from_at as is_used,
        {{ counted_quantity("periods.counted") }} as quantity
    from {{ ref("int_caps__periods") }} as periods
    inner join {{ ref("int_caps__usage") }} as counted
        on {{ same_subject("periods", "counted") }} and counted.throttle_cause = ''
    where periods.limit_period_id in (select looks.limit_period_id from looks)
{%- endmacro %}

{#- A later look sees what an earlier one saw, and more: use by the first look that sees it. -#}
{% macro use_by_first_look() -%}
    with instants as (
        {{ first_looks("looked_at") }}
    ),

    files as (
        {{ first_looks("up_to_sequence") }}
    ),

    counted as (
        {{ use_looked_at() }}
    )

    select
        counted.limit_period_id,
        counted.quarter_hour,
        greatest(instants.place, files.place) as place,
        sum(counted.quantity) as quantity,
        sum(counted.quantity) filter (where counted.is_used) as used
    from counted
    asof inner join instants
        on
            counted.limit_period_id = instants.limit_period_id
            and counted.quarter_hour < instants.looked_at
    asof inner join files
        on
            counted.limit_period_id = files.limit_period_id
            and counted.ingest_sequence <= files.up_to_sequence
    group by all
{%- endmacro %}

{#- CTEs of what limits and plans count: `quarter_hours`, and of `other_meters` what they add. -#}
{% macro countable_usage(condition) -%}
quarter_hours as (
    select
        usage_key_id,
        quarter_hour,
        ingest_sequence,
        requests,
        {{ each_meter('@_tokens', ' +') }} as tokens
    from {{ ref('int_usage__quarter_hours') }}
    where {{ condition }}
),

other_meters as (
    select
        usage_key_id,
        quarter_hour,
        ingest_sequence,
        sum(quantity) filter (where {{ is_token_meter('meter') }}) as tokens,
        sum(quantity - requests) filter (where meter in ('image', 'generation')) as more_generations
    from {{ ref('int_usage__quarter_hour_meters') }}
    where {{ condition }}
    group by usage_key_id, quarter_hour, ingest_sequence
)
{%- endmacro %}
