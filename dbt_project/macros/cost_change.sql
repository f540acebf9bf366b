{#-
    A month's cost is led from the one before to itself in five amounts, each rounded once to 12
    decimals. A part of the change is the difference of two neighbours, so parts add up.
-#}
{#- One item's or model's sum of an amount in one of the two months. -#}
{% macro in_month(column, month, type) -%}
    cast(
        sum(case when billing_month = {{ month }} then {{ column }} else 0 end) as {{ type }}
    )
{%- endmacro %}

{#- The parts, from the amounts of the steps, or added up where they are parts already. -#}
{% macro change_parts(are_summed=false) -%}
    {%- for part, difference in {
        "net_change": "net_amount - previous_net_amount",
        "volume_change": "scaled_amount - previous_net_amount",
        "mix_change": "mixed_amount - scaled_amount",
        "price_change": "repriced_amount - mixed_amount",
        "discount_change": "net_amount - repriced_amount",
    }.items() %}
    cast(sum({{ part ~ "_amount" if are_summed else difference }}) as decimal(38, 12))
        as {{ part }}_amount
    {{- "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}
