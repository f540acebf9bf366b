{#- Every column of the table has a value, apart from those in `except`. -#}
{% test never_null(model, except=[]) %}

{%- set columns = adapter.get_columns_in_relation(model) | map(attribute="name") | list %}
select *
from {{ model }}
where
    false
    {%- for column in columns if column not in except %}
    or {{ column }} is null
    {%- endfor %}

{% endtest %}
