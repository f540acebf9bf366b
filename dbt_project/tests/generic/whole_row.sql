{#- No two rows agree in all of `key`, and every column has a value, apart from those in `nullable`. -#}
{% test whole_row(model, key, nullable=[]) %}

{%- set columns = graph.nodes["model." ~ project_name ~ "." ~ model.identifier].columns if execute else key %}
{%- set filled = columns | reject("in", nullable) | list %}
select
    {{ key | join(", ") }},
    count(*) as rows_found,
    count(*) filter (where {{ filled | join(" is null or ") }} is null) as rows_with_gaps
from {{ model }}
group by {{ key | join(", ") }}
having rows_found > 1 or rows_with_gaps > 0

{% endtest %}
