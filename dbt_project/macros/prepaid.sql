{#-
    Billable usage keys of balances with the slices their usage can lie in: those that are rated as
    one have the same starts_at, their own bounds are from_at and to_at.
-#}
{% macro balance_key_slices() -%}
    select
        keys.usage_key_id,
        keys.api_key_id,
        min(keys.usage_key_id) over (partition by keys.api_key_id, keys.billed_model_id)
            as pair_id,
        slices.organization_id,
        slices.billing_month,
        slices.service_month,
        slices.rated_at as starts_at,
        slices.terms_from_at,
        keys.project_id,
        keys.payer,
        keys.billed_model_id,
        keys.service_tier,
        keys.region,
        keys.context_band,
        slices.starts_at as from_at,
        slices.ends_at as to_at,
        slices.price_state,
        slices.after_sequence,
        slices.up_to_sequence,
        months.starts_at as month_starts_at
    from {{ ref('dim_usage_key') }} as keys
    inner join {{ ref('int_rating__model_slices') }} as slices
        on keys.organization_id = slices.organization_id
        and keys.billed_model_id = slices.billed_model_id
    inner join {{ ref('int_rating__month_bounds') }} as months
        on keys.organization_id = months.organization_id
        and months.service_month = {{ billing_month() }}
    where keys.payer = 'balance' and keys.not_billed_reason = ''
{%- endmacro %}

{#- Usage that lies in one of these slices: its quarter hour and its file fit. -#}
{% macro in_key_slice(usage, slices) -%}
    {{ usage }}.usage_key_id = {{ slices }}.usage_key_id
    and {{ usage }}.quarter_hour >= {{ slices }}.from_at
    and {{ usage }}.quarter_hour < {{ slices }}.to_at
    and {{ usage }}.ingest_sequence > {{ slices }}.after_sequence
    and {{ usage }}.ingest_sequence <= {{ slices }}.up_to_sequence
{%- endmacro %}

{#- A charge with all its allowances and tiers: what usage of one price came to. -#}
{% macro deducted_charge(table="") -%}
    {%- set prefix = table ~ "." if table else "" -%}
    {{ prefix }}organization_id,
    {{ prefix }}billing_month,
    {{ prefix }}service_month,
    {{ prefix }}terms_from_at,
    {{ prefix }}project_id,
    {{ prefix }}payer,
    {{ prefix }}billed_model_id,
    {{ prefix }}meter,
    {{ prefix }}service_tier,
    {{ prefix }}region,
    {{ prefix }}price_context_band,
    {{ prefix }}price_id,
    {{ prefix }}contract_id,
    {{ prefix }}contract_price_id,
    {{ prefix }}uplift_id
{%- endmacro %}

{#- What a part of a quantity makes of an amount, in pico; the quantity may be below zero. -#}
{% macro pico_share(amount, part, whole) -%}
    {{ round_div(pico(amount) ~ " * (" ~ part ~ ") * sign(" ~ whole ~ ")", "abs(" ~ whole ~ ")") }}
{%- endmacro %}

{#-
    Whether an instant lies in a quarter hour in which a balance ran out. They are named one by one
    where they are few, so that nothing else of the logs is read.
-#}
{% macro in_exhausted_hours(instant) -%}
    {%- set hours = ref("int_prepaid__exhausted_hours") -%}
    {%- if not execute -%}{{ return("false") }}{%- endif -%}
    {%- set rows = run_query("select distinct quarter_hour from " ~ hours ~ " order by 1") -%}
    {%- set starts = rows.columns[0].values() -%}
    {%- if not starts -%}{{ return("false") }}{%- endif -%}
    {%- if starts | length > 40 -%}{%- set stretches = [(starts | first, starts | last)] -%}
    {%- else -%}{%- set stretches = zip(starts, starts) -%}
    {%- endif -%}
    (
        {%- for first, last in stretches %}
        {{ "or " if not loop.first }}(
            {{ instant }} >= timestamp '{{ first }}'
            and {{ instant }} < timestamp '{{ last }}' + interval '15 minutes'
        )
        {%- endfor %}
    )
{%- endmacro %}

{#-
    Requests of these quarter hours. A reader that materializes them joins nothing to what else was
    read.
-#}
{% macro exhausted_events() -%}
    select * from {{ ref('stg_usage__events') }}
    where
        {{ in_exhausted_hours('completed_at') }}
        and quarter_hour in (
            select hours.quarter_hour from {{ ref('int_prepaid__exhausted_hours') }} as hours
        )
{%- endmacro %}

{#- Whether usage of a balance is invoiced with tax, and deducted with it; else a statement tells it. -#}
{% macro is_taxed_as_used(profiles) -%}
    coalesce({{ profiles }}.tax_at, '') = 'consumption'
{%- endmacro %}

{#- The tax treatment of a document of usage: a statement is no tax invoice. -#}
{% macro treatment_of_usage(payment_mode, profiles) -%}
    case
        when {{ payment_mode }} = 'prepaid' and not {{ is_taxed_as_used(profiles) }}
            then 'statement'
        else {{ profiles }}.tax_treatment_id
    end
{%- endmacro %}

{#- Whether what is given back of usage stands on a credit note: what was invoiced does. -#}
{% macro is_given_back_on_a_note(is_of_contract, profiles) -%}
    ({{ is_of_contract }} or {{ is_taxed_as_used(profiles) }})
{%- endmacro %}

{#- An exact amount with its tax, rounded to 12 decimals, once. -#}
{% macro with_tax(amount, rate) -%}
    {{ from_pico(round_div(
        pico(amount) ~ " * (1000000 + " ~ millionths(rate) ~ ")", "1000000"
    )) }}
{%- endmacro %}

{#- The tax treatment of what is paid in: a receipt is no tax invoice either. -#}
{% macro treatment_of_top_up(profiles) -%}
    case
        when {{ is_taxed_as_used(profiles) }} then 'statement'
        else {{ profiles }}.tax_treatment_id
    end
{%- endmacro %}
