{#-
    What differs between engines in the models that grow with requests, each behind a dispatch.
    Those models use nothing else that only one engine has.
-#}
{% macro quarter_hour(instant) -%}
    {{ return(adapter.dispatch("quarter_hour")(instant)) }}
{%- endmacro %}

{% macro default__quarter_hour(instant) -%}
    time_bucket(interval '15 minutes', {{ instant }})
{%- endmacro %}

{% macro minute_of(instant) -%}
    date_trunc('minute', {{ instant }})
{%- endmacro %}

{% macro hour_of(instant) -%}
    date_trunc('hour', {{ instant }})
{%- endmacro %}

{#- Thresholds of the append-only ladder, ascending; read once while compiling. -#}
{% macro context_thresholds() -%}
    {%- set ladder = source("catalog", "context_ladder") -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set rows = run_query(
        "select threshold_tokens from " ~ ladder ~ " order by threshold_tokens"
    ) -%}
    {{ return(rows.columns[0].values() | map('int') | list) }}
{%- endmacro %}

{#- The largest threshold strictly below the total input: a price above it starts one token later. -#}
{% macro context_band(total_input_tokens) -%}
    case
        {%- for threshold in context_thresholds() | reverse %}
        when {{ total_input_tokens }} > {{ threshold }} then {{ threshold }}
        {%- endfor %}
        when {{ total_input_tokens }} is not null then 0
    end
{%- endmacro %}

{#- Upper bound of the logarithmic bucket (1, 2, 5 and their tenfolds) a latency lies in. -#}
{% macro latency_bucket(milliseconds) -%}
    case
        {%- for bound in [
            10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000,
        ] %}
        when {{ milliseconds }} <= {{ bound }} then {{ bound }}
        {%- endfor %}
        when {{ milliseconds }} is not null then 1000000
    end
{%- endmacro %}
