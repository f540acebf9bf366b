{#- The month being built, as a date literal. There is no default: a forgotten month is refused. -#}
{% macro billing_month() -%}
    {%- set month = var("billing_month", "") -%}
    {%- if execute and not month -%}
        {{ exceptions.raise_compiler_error(
            "No month was named. Pass --vars '{billing_month: 2026-10-01}'."
        ) }}
    {%- endif -%}
    cast('{{ month or "1970-01-01" }}' as date)
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
