{{ config(materialized='view') }}

-- The net of each credit note, and what of it a maximum of the corrected invoice was about.
with lines as (
    select * from {{ ref('int_invoicing__line_nets') }}
    where corrects_month < billing_month
),

terms as (
    select * from {{ ref('int_invoicing__spend_terms') }}
    where is_due and invoice_month < billing_month and term_kind = 'maximum'
),

-- An adjustment is of a whole month, so it is under a maximum that holds for all of it.
capped as (
    select distinct
        {{ document_key('lines') }},
        lines.line_number
    from lines
    inner join terms
        on
            lines.organization_id = terms.organization_id
            and lines.corrects_month = terms.invoice_month
            and lines.payment_mode = 'enterprise'
    where
        terms.period = 'term'
        or (
            lines.contract_id = terms.contract_id
            and lines.terms_from_at >= terms.valid_from_at
            and lines.terms_from_at < terms.valid_to_at
        )
        or (
            lines.line_kind = 'adjustment'
            and lines.service_month >= terms.valid_from_date
            and lines.service_month + interval '1 month' <= terms.valid_to_date
        )
),

final as (
    select
        {{ document_key('lines') }},
        cast(sum(lines.net_amount) as decimal(28, 3)) as net_amount,
        cast(
            sum(case when capped.line_number is null then 0 else lines.net_amount end)
            as decimal(28, 3)
        ) as capped_amount,
        lines.currency
    from lines
    left join capped using ({{ document_key() }}, line_number)
    group by {{ document_key('lines') }}, lines.currency
)

select * from final
