{#-
    What people put on balances, took from them, and moved between them: a transfer is a leg on each
    side. Amounts are signed; what comes in is a lot of its own.
-#}
{% macro balance_acts() -%}
    select
        top_up_id as movement_id,
        organization_id,
        2 as place,
        'top_up' as entry_kind,
        occurred_at as entry_at,
        reference,
        cast(amount as decimal(28, 3)) as amount,
        kind as lot_kind,
        expires_at
    from {{ source('catalog', 'top_ups') }}
    union all
    select
        movement_id,
        to_organization_id as organization_id,
        2 as place,
        'transfer_in' as entry_kind,
        occurred_at as entry_at,
        reference,
        cast(amount as decimal(28, 3)) as amount,
        'purchased' as lot_kind,
        expires_at
    from {{ source('catalog', 'balance_movements') }}
    where kind = 'transfer'
    union all
    select
        movement_id,
        organization_id,
        4 as place,
        {{ taking_kind() }} as entry_kind,
        occurred_at as entry_at,
        reference,
        cast(case when kind = 'overdraft' then amount else -amount end as decimal(28, 3)) as amount,
        '' as lot_kind,
        cast(null as timestamp) as expires_at
    from {{ source('catalog', 'balance_movements') }}
{%- endmacro %}

{#- What a movement of the catalog is on the statement of the organization that it names first. -#}
{% macro taking_kind() -%}
    case kind
        when 'refund' then 'refund'
        when 'transfer' then 'transfer_out'
        else 'write_off'
    end
{%- endmacro %}

{#- What changed a balance by kind; each is above zero in its usual direction, a write-off signed. -#}
{% macro balance_changes() -%}
    {%- for kind, column, sign in [
        ('top_up', 'top_up', ''), ('transfer_in', 'transfer_in', ''),
        ('consumption', 'consumed', '-'), ('expiry', 'expired', '-'),
        ('refund', 'refunded', '-'), ('transfer_out', 'transfer_out', '-'),
        ('write_off', 'write_off', ''),
    ] %}
    cast(sum(case when entry_kind = '{{ kind }}' then {{ sign }}amount else 0 end)
        as decimal(38, 12)) as {{ column }}_amount
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{#- The same columns added up, of a table. -#}
{% macro changes_of(table, whole) -%}
    {%- for column in [
        'top_up', 'transfer_in', 'consumed', 'expired', 'refunded', 'transfer_out', 'write_off'
    ] %}
    {{ whole | replace('@', table ~ '.' ~ column ~ '_amount') }} as {{ column }}_amount
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{#- By how much a day or quarter hour changed a balance. -#}
{% macro balance_change(table) -%}
    {{ table }}.top_up_amount + {{ table }}.transfer_in_amount - {{ table }}.consumed_amount
    - {{ table }}.expired_amount - {{ table }}.refunded_amount - {{ table }}.transfer_out_amount
    + {{ table }}.write_off_amount
{%- endmacro %}
