{{ config(materialized='view') }}

-- What percent discounts leave of each rounded line.
with discounts as (
    {{ discounts_by('line_number') }}
),

final as (
    select
        {{ document_key('lines') }},
        lines.line_number,
        lines.line_kind,
        lines.service_month,
        lines.contract_id,
        lines.terms_from_at,
        lines.tax_category,
        lines.tax_rate,
        cast(
            lines.line_amount
            - cast(coalesce(discounts.discount_amount, 0) as decimal(28, 3)) as decimal(28, 3)
        ) as net_amount,
        lines.currency
    from {{ ref('int_invoicing__rounded_lines') }} as lines
    left join discounts using ({{ document_key() }}, line_number)
    where lines.billing_month = {{ billing_month() }}
)

select * from final
