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

shares as (
    select
        parts.*,
        shares.plan_overage_id,
        shares.included_quantity,
        shares.used_quantity,
        shares.billed_before_quantity,
        shares.quantity,
        case
            when shares.charged_month = parts.billing_month then parts.billing_month
            else coalesce(invoiced.corrects_month, documents.corrects_month)
        end as corrects_month
    from {{ ref('int_subscriptions__overage_shares') }} as shares
    inner join parts using (subscription_id, period_first_date)
    left join invoiced
        on
            parts.organization_id = invoiced.organization_id
            and shares.charged_month = invoiced.corrects_month
    left join documents
        on
            parts.organization_id = documents.organization_id
            and parts.service_month = documents.service_month
),

summed as (
    select * replace (cast(sum(quantity) as bigint) as quantity) from shares
    where corrects_month is not null
    group by all
),

final as (
    select
        shares.organization_id,
        shares.billing_month,
        shares.corrects_month,
        shares.service_month,
        shares.subscription_id,
        shares.plan_id,
        shares.plan_overage_id,
        terms.model_id,
        terms.counted,
        shares.period_first_date,
        shares.period_last_date,
        shares.counts_from_at,
        shares.counts_to_at,
        shares.up_to_sequence,
        shares.included_days,
        shares.period_days,
        shares.included_quantity,
        shares.used_quantity,
        shares.billed_before_quantity,
        shares.quantity,
        terms.unit_price,
        shares.currency,
        cast(shares.quantity * terms.unit_price as decimal(38, 12)) as amount
    from summed as shares
    inner join {{ source('catalog', 'plan_overages') }} as terms
        on shares.plan_overage_id = terms.plan_overage_id
    where terms.unit_price > 0
)

select * from final
