{#- The percent discounts of each contract as one list, in the order they are taken. -#}
{% macro contract_discounts() -%}
    select
        organization_id,
        contract_id,
        list({
            'discount_id': discount_id,
            'discount_pct': discount_pct,
            'contract_id': contract_id,
            'model_id': model_id,
            'family': family,
            'provider': provider,
            'meter': meter,
            'service_tier': service_tier,
            'valid_from_at': valid_from_at,
            'valid_to_at': valid_to_at
        } order by priority, discount_id) as agreed_discounts
    from {{ source('catalog', 'discounts') }}
    group by organization_id, contract_id
{%- endmacro %}

{#- Those that are for a charge. -#}
{% macro discounts_of(charges) -%}
    coalesce(
        list_filter(
            agreed_discounts, lambda discount: {{ in_discount_scope('discount', charges) }}
        ), []
    )
{%- endmacro %}

{#-
    What a list of discounts leaves of an amount, each rounded to 12 decimals in its turn. The
    linter knows no lambda of two names: its callers say `noqa: PRS`.
-#}
{% macro after_discounts(amount, discounts) -%}
    list_reduce(
        list_transform(
            {{ discounts }}, lambda discount: cast(discount.discount_pct as decimal(38, 12))
        ),
        lambda rest, pct: cast(
            rest - round(rest * cast(pct as decimal(9, 6)), 12) as decimal(38, 12)
        ),
        cast({{ amount }} as decimal(38, 12))
    )
{%- endmacro %}
