{#- What tells usage of a balance apart: its share of a month, its key and its quarter hour. -#}
{% macro deducted_grain(usage, slices, keys) -%}
    {{ slices }}.organization_id,
    {{ slices }}.billing_month,
    {{ slices }}.service_month,
    {{ slices }}.rated_at as starts_at,
    {{ slices }}.terms_from_at,
    {{ keys }}.project_id,
    {{ keys }}.payer,
    {{ keys }}.billed_model_id,
    {{ keys }}.service_tier,
    {{ keys }}.region,
    {{ keys }}.context_band,
    {{ keys }}.api_key_id,
    {{ usage }}.quarter_hour
{%- endmacro %}

{#- A charge with all its allowances and tiers: what usage of one price came to. -#}
{% macro deducted_charge() -%}
    organization_id,
    billing_month,
    service_month,
    terms_from_at,
    project_id,
    payer,
    billed_model_id,
    meter,
    service_tier,
    region,
    price_context_band,
    price_id,
    contract_id,
    contract_price_id,
    uplift_id
{%- endmacro %}

{#- What a part of a quantity makes of an amount, in pico; the quantity may be below zero. -#}
{% macro pico_share(amount, part, whole) -%}
    {{ round_div(pico(amount) ~ " * (" ~ part ~ ") * sign(" ~ whole ~ ")", "abs(" ~ whole ~ ")") }}
{%- endmacro %}
