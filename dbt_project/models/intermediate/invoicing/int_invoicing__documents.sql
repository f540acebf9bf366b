{{ config(materialized='view') }}

-- Every document of the month with its exact net: those with lines, and the empty ones a
-- contract asks for. Fixed allowances and true-ups are whole minor units and enter as they are.
with lines as (
    select
        {{ document_key() }},
        cast(sum(line_amount) as decimal(28, 3)) as subtotal_amount,
        min(period_first_date) as period_first_date,
        max(period_last_date) as period_last_date,
        cast(
            sum(case when line_kind = 'usage' then 0 else exact_amount end) as decimal(38, 12)
        ) as exact_fee_amount
    from {{ ref('fct_invoice_lines') }}
    where billing_month = {{ billing_month() }}
    group by {{ document_key() }}
),

charges as (
    select
        organization_id,
        case payer when 'contract' then 'enterprise' else 'prepaid' end as payment_mode,
        corrects_month,
        cast(sum({{ as_shown('net_amount') }}) as decimal(38, 12)) as exact_net_amount
    from {{ ref('int_rating__charges') }}
    where billing_month = {{ billing_month() }}
    group by organization_id, payer, corrects_month
),

allowances as (
    select
        {{ document_key() }},
        cast(sum(allowance_amount) as decimal(28, 3)) as allowance_amount
    from {{ ref('int_invoicing__fixed_allowances') }}
    group by {{ document_key() }}
),

profiles as (
    select * from {{ source('catalog', 'billing_profiles') }}
),

contract_keys as (
    select distinct organization_id from {{ source('catalog', 'api_keys') }}
    where payer = 'contract'
),

empty_documents as (
    select
        contract_keys.organization_id,
        {{ billing_month() }} as billing_month,
        'enterprise' as payment_mode,
        {{ billing_month() }} as corrects_month,
        {{ billing_month() }} as period_first_date,
        cast({{ billing_month() }} + interval '1 month' as date) - 1 as period_last_date
    from contract_keys
    inner join profiles on contract_keys.organization_id = profiles.organization_id
    left join lines
        on
            contract_keys.organization_id = lines.organization_id
            and lines.corrects_month = {{ billing_month() }}
    where profiles.invoice_when_empty and lines.organization_id is null
),

documents as (
    select * from lines
    union all by name
    select * from empty_documents
),

final as (
    select
        {{ document_key('documents') }},
        cast(coalesce(documents.subtotal_amount, 0) as decimal(28, 3)) as subtotal_amount,
        cast(
            cast(coalesce(charges.exact_net_amount, 0) as decimal(38, 12))
            + cast(coalesce(documents.exact_fee_amount, 0) as decimal(38, 12))
            - cast(coalesce(allowances.allowance_amount, 0) as decimal(38, 12)) as decimal(38, 12)
        ) as exact_net_amount,
        documents.period_first_date,
        documents.period_last_date
    from documents
    left join allowances using ({{ document_key() }})
    left join charges
        on
            documents.organization_id = charges.organization_id
            and documents.payment_mode = charges.payment_mode
            and documents.corrects_month = charges.corrects_month
)

select * from final
