{#-
    What a run was told: by `--vars`, or by an environment variable. The latter is read only while
    running, so that one parsed project serves every month.
-#}
{% macro told(name) -%}
    {%- set value = var(name, "") -%}
    {%- if execute and not value -%}
        {%- set value = env_var("METERBOOK_" ~ name | upper, "") -%}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}
