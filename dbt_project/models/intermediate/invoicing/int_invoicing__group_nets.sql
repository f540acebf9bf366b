{{ config(materialized='view') }}

-- What credits and bounds are applied to: each tax group of an invoice after percent discounts.
-- What a credit note gives back draws on no credit and meets no bound.
with lines as (
    select
        {{ document_key() }},
        tax_category,
        tax_rate,
        currency,
        cast(sum(line_amount) as decimal(28, 3)) as gross_amount
    from {{ ref('int_invoicing__rounded_lines') }}
    where
        billing_month = {{ billing_month() }}
        and payment_mode <> 'prepaid'
        and corrects_month = billing_month
    group by {{ document_key() }}, tax_category, tax_rate, currency
),

discounts as (
    {{ discounts_by('tax_category, tax_rate') }}
),

final as (
    select
        {{ document_key('lines') }},
        lines.tax_category,
        lines.tax_rate,
        cast(
            lines.gross_amount
            - cast(coalesce(discounts.discount_amount, 0) as decimal(28, 3)) as decimal(28, 3)
        ) as net_amount,
        lines.currency
    from lines
    left join discounts using ({{ document_key() }}, tax_category, tax_rate)
)

select * from final
