{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    pre_hook='{{ clear_month() }}'
) }}

-- More than before is a line of this month. Less is given back by notes on the invoices of the
-- months that charged it; where one has none, on that of the month that billed most of the one in
-- which the part ended. What no invoice charged is not given back.
with parts as (
    select * from {{ ref('int_subscriptions__overage_parts') }}
),

documents as (
    select
        organization_id,
        service_month,
        corrects_month
    from {{ source('books', 'corrected_document') }}
    where billing_month = {{ billing_month() }} and payer = 'subscription'
),

invoiced as (
    select distinct
        organization_id,
        corrects_month
    from documents
),

charges as (
    select
        parts.*,
        divided.plan_overage_id,
        divided.included_quantity,
        divided.used_quantity,
        divided.billed_before_quantity,
        divided.quantity,
        case
            when divided.charged_month = parts.billing_month then parts.billing_month
            else coalesce(invoiced.corrects_month, documents.corrects_month)
        end as corrects_month
    from {{ ref('int_subscriptions__overage_shares') }} as divided
    inner join parts using (subscription_id, period_first_date)
    left join invoiced
        on
            parts.organization_id = invoiced.organization_id
            and divided.charged_month = invoiced.corrects_month
    left join documents
        on
            parts.organization_id = documents.organization_id
            and parts.service_month = documents.service_month
),

summed as (
    select * replace (cast(sum(quantity) as bigint) as quantity) from charges
    where corrects_month is not null
    group by all
),

final as (
    select
        divided.organization_id,
        divided.billing_month,
        divided.corrects_month,
        divided.service_month,
        divided.subscription_id,
        divided.plan_id,
        divided.plan_overage_id,
        terms.model_id,
        terms.counted,
        divided.period_first_date,
        divided.period_last_date,
        divided.counts_from_at,
        divided.counts_to_at,
        divided.up_to_sequence,
        divided.included_days,
        divided.period_days,
        divided.included_quantity,
        divided.used_quantity,
        divided.billed_before_quantity,
        divided.quantity,
        terms.unit_price,
        divided.currency,
        cast(divided.quantity * terms.unit_price as decimal(38, 12)) as amount
    from summed as divided
    inner join {{ source('catalog', 'plan_overages') }} as terms
        on divided.plan_overage_id = terms.plan_overage_id
    where terms.unit_price > 0
)

select * from final
