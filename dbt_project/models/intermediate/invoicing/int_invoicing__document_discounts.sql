{{ config(materialized='view') }}

-- The discounts that have at least one line in their scope, in the order they are taken.
with lines as (
    {{ with_model(ref('int_invoicing__rounded_lines')) }}
    where used.billing_month = {{ billing_month() }} and used.line_kind = 'usage'
),

discounts as (
    select * from {{ source('catalog', 'discounts') }}
),

in_scope as (
    select distinct
        {{ document_key('lines') }},
        discounts.discount_id,
        discounts.name,
        discounts.priority,
        discounts.discount_pct,
        discounts.model_id,
        discounts.family,
        discounts.provider,
        discounts.meter,
        discounts.service_tier,
        discounts.contract_id,
        discounts.valid_from_at,
        discounts.valid_to_at
    from lines
    inner join discounts
        on
            lines.organization_id = discounts.organization_id
            and {{ in_discount_scope('discounts', 'lines') }}
),

final as (
    select
        {{ document_key() }},
        cast(row_number() over (
            partition by {{ document_key() }} order by priority, discount_id
        ) as integer) as step,
        discount_id,
        name as discount_name,
        discount_pct,
        model_id,
        family,
        provider,
        meter,
        service_tier,
        contract_id,
        valid_from_at,
        valid_to_at
    from in_scope
)

select * from final
