{#- What names one document; a credit note corrects an earlier month, others their own. -#}
{% macro document_key(table="") -%}
    {%- set prefix = table ~ "." if table else "" -%}
    {{ prefix }}organization_id,
    {{ prefix }}billing_month,
    {{ prefix }}payment_mode,
    {{ prefix }}corrects_month
{%- endmacro %}

{#- The way of paying of a document by who pays it. -#}
{% macro mode_of(payer) -%}
    case {{ payer }} when 'contract' then 'enterprise' when 'balance' then 'prepaid' else {{ payer }} end
{%- endmacro %}

{#- On a credit note what is taken back is positive, as on the invoice it corrects. -#}
{% macro as_shown(amount, table="") -%}
    {%- set prefix = table ~ "." if table else "" -%}
    case
        when {{ prefix }}corrects_month < {{ prefix }}billing_month then -{{ prefix }}{{ amount }}
        else {{ prefix }}{{ amount }}
    end
{%- endmacro %}

{#- The tax of an amount in minor units, rounded once. -#}
{% macro tax_of(amount, rate) -%}
    {{ round_div(units(amount, 'minor_units.digits') ~ ' * ' ~ millionths(rate), '1000000') }}
{%- endmacro %}

{#- A rounded amount at the exchange rate, in minor units of the accounts. -#}
{% macro in_accounts(amount) -%}
    {{ round_div(
        units(amount, 'minor_units.digits')
        ~ ' * cast(rated.exchange_rate * cast(100000000 as decimal(9, 0)) as hugeint) * '
        ~ units_per_one('accounting.digits'),
        '(cast(100000000 as hugeint) * ' ~ units_per_one('minor_units.digits') ~ ')'
    ) }}
{%- endmacro %}

{#- Rows with the rate of a month to the accounts: of the last day, as old as the seller lets it be. -#}
{% macro at_accounting_rate(rows, month) -%}
    select
        {{ rows }}.*,
        accounts.accounting_currency,
        accounts.accounting_source,
        rates.rate_date as exchange_rate_date,
        case
            when {{ rows }}.currency = accounts.accounting_currency then cast(1 as decimal(18, 8))
            else cast(rates.rate as decimal(18, 8))
        end as exchange_rate
    from {{ rows }}
    left join accounts on true
    left join rates
        on
            accounts.accounting_source = rates.source
            and {{ rows }}.{{ month }} = rates.service_month
            and {{ rows }}.currency = rates.base_currency
            and accounts.accounting_currency = rates.quote_currency
            and rates.rate_date >= {{ last_day(rows ~ '.' ~ month) }}
            - cast(coalesce(accounts.accounting_max_age_days, 1000000) as integer)
{%- endmacro %}

{#- Everything a line says before its amount is rounded. -#}
{% macro line_columns() -%}
    organization_id,
    billing_month,
    payment_mode,
    corrects_month,
    line_number,
    line_kind,
    service_month,
    terms_from_at,
    period_first_date,
    period_last_date,
    model_id,
    meter,
    service_tier,
    cast(context_band as integer) as context_band,
    price_id,
    contract_id,
    contract_price_id,
    allowance_id,
    tier_schedule_id,
    cast(tier_step as integer) as tier_step,
    uplift_id,
    adjustment_id,
    plan_id,
    subscription_id,
    quantity,
    charged_quantity,
    package_size,
    cast(unit_price as decimal(28, 12)) as unit_price,
    base_quantity,
    exact_amount,
    exact_net_amount
{%- endmacro %}

{#- What a discount needs to know of a line. -#}
{% macro discounted_line(table) -%}
    {{ document_key(table) }},
    {{ table }}.line_number,
    {{ table }}.model_id,
    {{ table }}.family,
    {{ table }}.provider,
    {{ table }}.meter,
    {{ table }}.service_tier,
    {{ table }}.contract_id,
    {{ table }}.terms_from_at,
    {{ table }}.tax_category,
    {{ table }}.tax_rate
{%- endmacro %}

{#- Usage with what of its model a discount can be for. -#}
{% macro with_model(usage) -%}
    select
        used.*,
        coalesce(models.family, '') as family,
        coalesce(models.provider, '') as provider
    from {{ usage }} as used
    left join {{ source('catalog', 'models') }} as models on used.model_id = models.model_id
{%- endmacro %}

{#- Whether a discount is for this usage: its contract, its time, and each scope that it names. -#}
{% macro in_discount_scope(discounts, usage) -%}
    {{ usage }}.contract_id = {{ discounts }}.contract_id
    and {{ usage }}.terms_from_at >= {{ discounts }}.valid_from_at
    and {{ usage }}.terms_from_at < {{ discounts }}.valid_to_at
    {%- for scope in ["model_id", "family", "provider", "meter", "service_tier"] %}
    and {{ discounts }}.{{ scope }} in ('', {{ usage }}.{{ scope }})
    {%- endfor %}
{%- endmacro %}

{#- Usage of a key that the month bills: its quarter hour and its file both lie in the window. -#}
{% macro in_key_month(usage) -%}
    {{ usage }}.usage_key_id = key_months.usage_key_id
    and {{ usage }}.quarter_hour >= key_months.starts_at
    and {{ usage }}.quarter_hour < key_months.ends_at
    and {{ usage }}.ingest_sequence > key_months.after_sequence
    and {{ usage }}.ingest_sequence <= key_months.up_to_sequence
{%- endmacro %}

{#- Usage that a month can bill at all: from its first instant on, and before it late files. -#}
{% macro can_be_billed(months) -%}
    (
        quarter_hour >= (
            select min({{ months }}.starts_at) from {{ months }}
            where {{ months }}.after_sequence = 0
        )
        or ingest_sequence > (
            select min({{ months }}.after_sequence) from {{ months }}
            where {{ months }}.after_sequence > 0
        )
    )
{%- endmacro %}

{% macro sum_of_stages(stages) -%}
    {%- for stage in stages %}
    cast(sum(case when stage = '{{ stage }}' then quantity else 0 end) as bigint) as {{ stage }}
    {{- "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The lines of one tax group that a discount is spread over, apart from those it leaves. -#}
{% macro window_in_group() -%}
    window in_group as (partition by {{ document_key() }}, tax_category, tax_rate, is_in_scope)
{%- endmacro %}

{% macro counted_stage(stage, table) -%}
    select
        organization_id,
        meter,
        {{ stage }} as stage,
        quantity
    from {{ table }}
{%- endmacro %}

{#-
    Fates in the month that bills them, first of known organizations, then of `unknown`. The
    table is named twice, for a shared CTE of it would be kept in memory whole.
-#}
{% macro placed_fates(fates, measures) -%}
    select
        months.organization_id,
        months.billing_month,
        fates.fate,
        fates.reason,
        {{ measures }}
    from {{ fates }} as fates
    inner join months
        on
            fates.organization_id = months.organization_id
            and fates.quarter_hour >= months.starts_at
            and fates.quarter_hour < months.ends_at
            and fates.ingest_sequence > months.after_sequence
            and fates.ingest_sequence <= months.up_to_sequence
    union all
    select
        'unknown' as organization_id,
        unknown_months.billing_month,
        fates.fate,
        fates.reason,
        {{ measures }}
    from {{ fates }} as fates
    inner join unknown_months on fates.ingest_sequence = unknown_months.ingest_sequence
    left join organizations on fates.organization_id = organizations.organization_id
    where organizations.organization_id is null or fates.quarter_hour is null
{%- endmacro %}

{#- What all percent discounts of a document take off, for each value of some columns. -#}
{% macro discounts_by(columns) -%}
    select
        {{ document_key() }},
        {{ columns }},
        cast(sum(discount_amount) as decimal(28, 3)) as discount_amount
    from {{ ref('int_invoicing__line_discounts') }}
    where billing_month = {{ billing_month() }}
    group by {{ document_key() }}, {{ columns }}
{%- endmacro %}

{#- The meter that a line is of where what a plan includes is counted. -#}
{% macro meter_of_overage(counted) -%}
    case {{ counted }}
        when 'tokens' then 'token'
        when 'requests' then 'request'
        when 'generations' then 'generation'
    end
{%- endmacro %}
