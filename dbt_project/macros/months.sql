{#- The month being built, as a date literal. There is no default: a forgotten month is refused. -#}
{% macro billing_month() -%}
    {%- set month = told("billing_month") -%}
    {%- if execute and not month -%}
        {{ exceptions.raise_compiler_error(
            "No month was named. Pass --vars '{billing_month: 2026-10-01}', or set "
            ~ "METERBOOK_BILLING_MONTH."
        ) }}
    {%- endif -%}
    cast('{{ month or "1970-01-01" }}' as date)
{%- endmacro %}

{#- The last day of a month, of the one being built without it: what a document stands for. -#}
{% macro last_day(month=none) -%}
    (cast({{ month or billing_month() }} + interval '1 month' as date) - 1)
{%- endmacro %}

{#- The month before the one being built. -#}
{% macro previous_month() -%}
    cast({{ billing_month() }} - interval '1 month' as date)
{%- endmacro %}

{#- Up to where a source could have been heard: the end of the month in UTC, or what was passed. -#}
{% macro watched_until() -%}
    {%- set until = told("watched_until") -%}
    {%- if until -%}
        timestamp '{{ until }}'
    {%- else -%}
        cast({{ billing_month() }} + interval '1 month' as timestamp)
    {%- endif -%}
{%- endmacro %}

{#- The UTC hours of the month that could have been heard, as one column. -#}
{% macro hours_of_month() -%}
    generate_series(
        cast({{ billing_month() }} as timestamp),
        {{ watched_until() }} - interval '1 hour',
        interval '1 hour'
    )
{%- endmacro %}

{#- Takes the month's rows out before they are written again, so a month that became empty is. -#}
{% macro clear_month() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where billing_month = {{ billing_month() }}
    {%- endif -%}
{%- endmacro %}

{#- The calendar day of a UTC instant in an IANA zone. -#}
{% macro local_date(instant, zone) -%}
    cast(timezone({{ zone }}, timezone('UTC', {{ instant }})) as date)
{%- endmacro %}

{#- A UTC day or instant that lies in the month. -#}
{% macro in_utc_month(column) -%}
    {{ column }} >= {{ billing_month() }} and {{ column }} < {{ billing_month() }} + interval '1 month'
{%- endmacro %}

{#- The day a period of a subscription begins on, so many months after the first one. -#}
{% macro anniversary(months) -%}
    cast(counted_from_date + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}
