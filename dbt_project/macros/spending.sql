{#- Organizations with a monthly limit of money on a key: of others no key's cost is asked for. -#}
{% macro organizations_held_to_money() -%}
    select distinct api_keys.organization_id
    from {{ source('catalog', 'key_limits') }} as limits
    inner join {{ source('catalog', 'api_keys') }} as api_keys
        on limits.api_key_id = api_keys.api_key_id
    where limits.monthly_spend_amount is not null
{%- endmacro %}

{#- Billed quantities of keys that contracts pay, as charges count them. -#}
{% macro usage_of_contract_keys() -%}
    select
        {{ usage_cell() }},
        meter,
        api_key_id,
        sum(quantity) as quantity
    from (
        select
            usage.* exclude (usage_key_id),
            {{ columns_of_key('keys') }}
        from {{ ref('int_rating__usage') }} as usage
        inner join {{ ref('dim_usage_key') }} as keys on usage.usage_key_id = keys.usage_key_id
        inner join limited on keys.organization_id = limited.organization_id
        where
            usage.billing_month = {{ billing_month() }}
            and keys.payer = 'contract' and keys.not_billed_reason = ''
        union all by name
        {{ requests_of_contract_keys() }}
    ) as quantities
    group by all
{%- endmacro %}

{#- Requests that are charged by number: those whose own rows do not count them. -#}
{% macro requests_of_contract_keys() -%}
    select
        usage.* exclude (usage_key_id, requests, {{ each_meter('@_tokens') }}),
        'request' as meter,
        usage.requests - coalesce(counted.requests, 0) as quantity,
        {{ columns_of_key('keys') }}
    from {{ ref('int_rating__usage_by_slice') }} as usage
    inner join {{ ref('dim_usage_key') }} as keys on usage.usage_key_id = keys.usage_key_id
    inner join limited on keys.organization_id = limited.organization_id
    left join {{ ref('int_rating__meters_by_slice') }} as counted
        on
            usage.usage_key_id = counted.usage_key_id
            and usage.billing_month = counted.billing_month
            and usage.service_month = counted.service_month
            and usage.starts_at = counted.starts_at
            and counted.meter = 'request'
    where
        usage.billing_month = {{ billing_month() }}
        and keys.payer = 'contract' and keys.not_billed_reason = ''
{%- endmacro %}

{% macro columns_of_key(keys) -%}
    {{ keys }}.api_key_id,
    {{ keys }}.project_id,
    {{ keys }}.payer,
    {{ keys }}.billed_model_id,
    {{ keys }}.service_tier,
    {{ keys }}.region,
    {{ keys }}.context_band
{%- endmacro %}
