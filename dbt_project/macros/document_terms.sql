{#- The first day of the month after the one being built. -#}
{% macro following_month() -%}
    cast({{ billing_month() }} + interval '1 month' as date)
{%- endmacro %}

{#- The last calendar day of the month being built. -#}
{% macro last_day_of_month() -%}
    cast({{ following_month() }} - 1 as date)
{%- endmacro %}

{#-
    How an organization's documents and its credits lie on one scale of money, each from
    `before_amount` to `reach_amount`: what a document takes of a credit is where both overlap.
-#}
{% macro drawn(credits, documents) -%}
    cast(greatest(
        cast(0 as decimal(28, 3)),
        cast(
            least({{ credits }}.reach_amount, {{ documents }}.reach_amount)
            - greatest({{ credits }}.before_amount, {{ documents }}.before_amount)
            as decimal(28, 3)
        )
    ) as decimal(28, 3))
{%- endmacro %}

{#- What of a credit is there when a document is reached. -#}
{% macro there_for(credits, documents) -%}
    cast(
        {{ credits }}.reach_amount
        - greatest({{ credits }}.before_amount, {{ documents }}.before_amount) as decimal(28, 3)
    )
{%- endmacro %}

{#- One after the other: enterprise invoices before those of subscriptions. -#}
{% macro reach(amount, partition, order) -%}
    cast(sum({{ amount }}) over (
        partition by {{ partition }} order by {{ order }}
        rows between unbounded preceding and current row
    ) as decimal(28, 3)) as reach_amount,
    cast(coalesce(sum({{ amount }}) over (
        partition by {{ partition }} order by {{ order }}
        rows between unbounded preceding and 1 preceding
    ), 0) as decimal(28, 3)) as before_amount
{%- endmacro %}

{#- A use of a credit by a document. -#}
{% macro credit_use(credits, documents) -%}
    {{ document_key(documents) }},
    {{ credits }}.place,
    {{ credits }}.credit_id,
    {{ credits }}.credit_kind,
    {{ credits }}.credit_name,
    {{ credits }}.repeats,
    {{ credits }}.grant_month,
    {{ credits }}.granted_amount,
    {{ there_for(credits, documents) }} as available_amount,
    {{ drawn(credits, documents) }} as used_amount,
    {{ credits }}.valid_to_date,
    {{ credits }}.currency
{%- endmacro %}

{#- The tax groups of one document. -#}
{% macro window_in_document() -%}
    window in_document as (partition by {{ document_key() }})
{%- endmacro %}
