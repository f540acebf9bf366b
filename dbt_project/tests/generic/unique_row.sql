{#- No two rows agree in all of `columns`, and none lacks one of them. -#}
{% test unique_row(model, columns) %}

select
    {{ columns | join(", ") }},
    count(*) as rows_found
from {{ model }}
group by {{ columns | join(", ") }}
having
    count(*) > 1
    {%- for column in columns %}
    or {{ column }} is null
    {%- endfor %}

{% endtest %}
