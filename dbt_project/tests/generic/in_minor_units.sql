{#- A rounded amount has no more digits than its currency's minor unit. -#}
{% test in_minor_units(model, column_name) %}

select
    amounts.{{ column_name }},
    amounts.currency
from {{ model }} as amounts
left join {{ source("catalog", "minor_unit") }} as minor_units
    on amounts.currency = minor_units.currency
where
    minor_units.digits is null
    or (amounts.{{ column_name }} * {{ units_per_one("minor_units.digits") }}) % 1 <> 0

{% endtest %}
