{#- How many days repeat: seven, or as many whole ones as there are of a new subject. -#}
{% macro days_that_repeat(first_at, looked_at) -%}
    least(7, date_diff('minute', {{ first_at }}, {{ looked_at }}) // 1440)
{%- endmacro %}

{#- Hours are counted from the beginning of the days that repeat. -#}
{% macro hour_number(instant, looked_at, days) -%}
    date_diff('minute', {{ looked_at }} - to_days({{ days }}), {{ instant }}) // 60
{%- endmacro %}

{#- Hours with what they come to in their order, and all of them, of what is looked at. -#}
{% macro cycles(hours, look, quantity="quantity") -%}
    select
        *,
        sum({{ quantity }}) over look as of_cycle,
        sum({{ quantity }}) over (look order by hour_number rows unbounded preceding)
            as of_cycle_so_far
    from {{ hours }}
    window look as (partition by {{ look }})
{%- endmacro %}

{#-
    The hour in which what is left of a limit is used, of the hours that are enough for what the
    last cycle has to bring. A thousand cycles outlast every period, and no timestamp.
-#}
{% macro reached_at(looked_at, days, left_of_limit) -%}
    min(
        {{ looked_at }} + to_hours(cast(
            least(({{ left_of_limit }} - 1) // of_cycle, 1000) * {{ days }} * 24 + hour_number
            as bigint
        ))
    )
{%- endmacro %}

{% macro is_enough(left_of_limit) -%}
    of_cycle > 0 and of_cycle_so_far >= ({{ left_of_limit }} - 1) % of_cycle + 1
{%- endmacro %}
