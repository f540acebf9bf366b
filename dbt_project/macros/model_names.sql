{#-
    Every name that logs use with the model it means: ids of models and their aliases, and for the
    other names of `used` (a column `name`) the pattern of the lowest precedence. A pattern's `*`
    is any text, all else is itself.
-#}
{% macro model_names(used) -%}
    with given as (
        select
            alias,
            model_id
        from {{ source('catalog', 'model_aliases') }}
        union
        select
            model_id as alias,
            model_id
        from {{ source('catalog', 'models') }}
    ),

    patterns as (
        select
            precedence,
            model_id,
            replace(replace(pattern, '_', '\_'), '*', '%') as shape
        from {{ source('catalog', 'model_patterns') }}
    ),

    used as (
        {{ used }}
    )

    select
        alias,
        model_id
    from given
    union all
    select
        used.name as alias,
        arg_min(patterns.model_id, patterns.precedence) as model_id
    from used
    inner join patterns on used.name like patterns.shape escape '\'
    left join given on used.name = given.alias
    where given.alias is null and used.name <> ''
    group by used.name
{%- endmacro %}

{#- The names that requests came under. -#}
{% macro logged_names() -%}
    select requested_model as name from {{ ref('int_usage__request_kinds') }}
    union
    select answered_model as name from {{ ref('int_usage__request_kinds') }}
{%- endmacro %}
