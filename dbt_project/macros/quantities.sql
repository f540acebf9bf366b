{#- What tells usage apart when allowances and tiers share it out, in their order. -#}
{% macro usage_order() -%}
    billed_model_id,
    project_id,
    payer,
    service_tier,
    region,
    context_band
{%- endmacro %}

{#- One window of files of one service month. -#}
{% macro usage_window() -%}
    organization_id,
    billing_month,
    service_month,
    after_sequence
{%- endmacro %}

{#- The sum up to and with each row, in the order in which usage is counted. -#}
{% macro running_sum(quantity, term) -%}
    sum({{ quantity }}) over (
        partition by {{ usage_window() }}, {{ term }}
        order by files_after_sequence, quarter_hour, {{ usage_order() }}
        rows unbounded preceding
    )
{%- endmacro %}

{#- How much of a running sum lies between two thresholds. -#}
{% macro between(position, above, up_to) -%}
    greatest(least({{ position }}, {{ up_to }}), {{ above }})
{%- endmacro %}

{#- Packages of a step that are started when usage has come to a position. -#}
{% macro packages_started(position) -%}
    ({{ between(position, 'above_quantity', 'up_to_quantity') }} - above_quantity + package_size - 1)
    // package_size
{%- endmacro %}

{#- Whether a step is the one that a month's total chooses; at its threshold it is not yet. -#}
{% macro is_step_of(total) -%}
    (above_quantity < {{ total }} or tier_step = 1) and up_to_quantity >= {{ total }}
{%- endmacro %}

{#- What usage has in common that is priced together, apart from its meter. -#}
{% macro usage_cell() -%}
    organization_id,
    billing_month,
    service_month,
    starts_at,
    terms_from_at,
    project_id,
    payer,
    billed_model_id,
    service_tier,
    region,
    context_band
{%- endmacro %}

{#- What a share of usage is told apart by before it meets its price rows. -#}
{% macro share_grain() -%}
    {{ usage_cell() }},
    meter
{%- endmacro %}

{#- Whether an allowance or a tier sets the price: nothing is added to it or taken off. -#}
{% macro has_share() -%}
    allowance_id <> '' or tier_schedule_id <> ''
{%- endmacro %}

{% macro unless_shared(percentage) -%}
    cast(case when {{ has_share() }} then 0 else {{ percentage }} end as decimal(9, 6))
        as {{ percentage }}
{%- endmacro %}
