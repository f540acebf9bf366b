{#- Rounded amounts have no more digits than their currency's minor unit. -#}
{% test in_minor_units(model, columns) %}

select
    {%- for column in columns %}
    amounts.{{ column }},
    {%- endfor %}
    amounts.currency
from {{ model }} as amounts
left join {{ source("catalog", "minor_unit") }} as minor_units
    on amounts.currency = minor_units.currency
where
    minor_units.digits is null
    {%- for column in columns %}
    or (amounts.{{ column }} * {{ units_per_one("minor_units.digits") }}) % 1 <> 0
    {%- endfor %}

{% endtest %}
