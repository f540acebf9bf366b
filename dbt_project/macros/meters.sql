{#-
    One list of the meters that are columns, in the order documents show them.
    `each_meter` repeats an expression for each of them, `@` standing for the meter's name.
-#}
{% macro each_meter(pattern, separator=",") -%}
    {%- for meter in [
        "input_uncached",
        "cache_read",
        "cache_write_5m",
        "cache_write_1h",
        "cache_write_unknown_ttl",
        "output_visible",
        "output_reasoning",
    ] %}
    {{ pattern | replace("@", meter) }}{{ separator if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Position of a meter on documents: token meters in their own order, then the others. -#}
{% macro meter_order(column) -%}
    case {{ column }}
        when 'input_uncached' then 1
        when 'cache_read' then 2
        when 'cache_write_5m' then 3
        when 'cache_write_1h' then 4
        when 'cache_write_unknown_ttl' then 5
        when 'output_visible' then 6
        when 'output_reasoning' then 7
        else 8
    end
{%- endmacro %}

{#- What is priced by the million: tokens, also those of one modality that logs name apart. -#}
{% macro is_token_meter(column) -%}
    {{ meter_order(column) }} < 8
    or {{ column }} in (
        'input_audio', 'input_image', 'cache_read_audio', 'output_audio', 'output_image'
    )
{%- endmacro %}

{#- The total of some meters (quoted) over rows of one part, as a column. -#}
{% macro quantity_of(name, meters, also="true", part="sent") -%}
    cast(sum(
        case
            when part = '{{ part }}' and meter in ({{ meters | join(", ") }}) and {{ also }}
                then quantity
            else 0
        end
    ) as bigint) as {{ name }}
{%- endmacro %}
