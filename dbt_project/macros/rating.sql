{#- What a billed quantity is told apart by before it meets a price. -#}
{% macro billable_grain(usage, keys) -%}
    {{ usage }}.organization_id,
    {{ usage }}.billing_month,
    {{ usage }}.service_month,
    {{ usage }}.starts_at,
    {{ usage }}.terms_from_at,
    {{ keys }}.project_id,
    {{ keys }}.payer,
    {{ keys }}.billed_model_id,
    {{ keys }}.service_tier,
    {{ keys }}.region,
    {{ keys }}.context_band
{%- endmacro %}

{#- One charge row; its number is the digest of exactly these. -#}
{% macro charge_grain() -%}
    organization_id,
    billing_month,
    service_month,
    terms_from_at,
    project_id,
    payer,
    billed_model_id,
    meter,
    service_tier,
    price_context_band,
    region,
    price_id,
    contract_id,
    contract_price_id,
    allowance_id,
    tier_schedule_id,
    tier_step
{%- endmacro %}

{% macro charged_amounts() -%}
    {%- for amount in ["list", "contracted", "discount", "net"] %}
    cast(sum({{ amount }}_amount) as decimal(38, 12)) as {{ amount }}_amount
    {{- "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro charged_amounts_or_zero(charges) -%}
    {%- for amount in ["list", "contracted", "discount", "net"] %}
    cast(coalesce({{ charges }}.{{ amount }}_amount, 0) as decimal(38, 12)) as {{ amount }}_amount
    {{- "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}
