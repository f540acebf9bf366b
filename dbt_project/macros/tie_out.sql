{#- How our own count and a provider's bill are held against each other. -#}
{% macro differences() -%}
    {%- for count in [
        "requests", "input_total_tokens", "cache_read_tokens", "cache_write_tokens",
        "output_total_tokens", "output_reasoning_tokens",
    ] %}
    cast({{ count }} - bill_{{ count }} as bigint) as difference_{{ count }},
    {%- endfor %}
    cast(list_amount - bill_cost_amount as decimal(38, 12)) as difference_cost_amount
{%- endmacro %}

{#- Not farther apart than the tolerance allows; what the bill does not tell agrees. -#}
{% macro tokens_agree(meter) -%}
    coalesce(
        abs(difference_{{ meter }}_tokens) <= bill_{{ meter }}_tokens * tolerance_tokens_pct, true
    )
{%- endmacro %}

{% macro costs_agree(difference) -%}
    coalesce(
        abs(cast({{ difference }} as decimal(28, 12)))
        <= abs(cast(bill_cost_amount as decimal(28, 12))) * tolerance_cost_pct,
        true
    )
{%- endmacro %}

{#- Whether the tokens of this day and of the one before (lag) or after (lead) agree together. -#}
{% macro evens_out(neighbour) -%}
    coalesce(
        abs(date_diff('day', {{ neighbour }}(usage_date) over by_day, usage_date)) = 1
        {%- for meter in ["input_total", "output_total"] %}
        and abs(
            difference_{{ meter }}_tokens + {{ neighbour }}(difference_{{ meter }}_tokens) over by_day
        ) <= (
            bill_{{ meter }}_tokens + {{ neighbour }}(bill_{{ meter }}_tokens) over by_day
        ) * tolerance_tokens_pct
        {%- endfor %},
        false
    )
{%- endmacro %}
