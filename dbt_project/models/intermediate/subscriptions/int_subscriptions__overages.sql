{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    pre_hook='{{ clear_month() }}'
) }}

-- More than before is a line of this month. Less is given back by a note on the invoice of the
-- month that charged most of it, of two the earlier; where that has none, of the one that billed
-- most of the month in which the part ended. What no invoice charged is not given back.
with parts as (
    select * from {{ ref('int_subscriptions__overage_parts') }}
),

differences as (
    select
        *,
        first_value(charged_month) over (
            partition by subscription_id, period_first_date, plan_overage_id
            order by
                case when charged_month < {{ billing_month() }} then difference_quantity end
                desc nulls last,
                charged_month asc
        ) as most_in_month
    from {{ ref('int_subscriptions__overage_differences') }}
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

final as (
    select
        parts.organization_id,
        parts.billing_month,
        case
            when differences.difference_quantity > 0 then parts.billing_month
            else coalesce(invoiced.corrects_month, documents.corrects_month)
        end as corrects_month,
        parts.service_month,
        parts.subscription_id,
        parts.plan_id,
        terms.plan_overage_id,
        terms.model_id,
        terms.counted,
        parts.period_first_date,
        parts.period_last_date,
        parts.counts_from_at,
        parts.counts_to_at,
        parts.up_to_sequence,
        parts.included_days,
        parts.period_days,
        differences.included_quantity,
        differences.used_quantity,
        differences.billed_before_quantity,
        cast(abs(differences.difference_quantity) as bigint) as quantity,
        terms.unit_price,
        parts.currency,
        cast(
            abs(differences.difference_quantity) * terms.unit_price as decimal(38, 12)
        ) as amount
    from differences
    inner join parts
        on
            differences.subscription_id = parts.subscription_id
            and differences.period_first_date = parts.period_first_date
            and differences.charged_month = parts.billing_month
    inner join {{ source('catalog', 'plan_overages') }} as terms
        on differences.plan_overage_id = terms.plan_overage_id
    left join invoiced
        on
            parts.organization_id = invoiced.organization_id
            and differences.most_in_month = invoiced.corrects_month
    left join documents
        on
            parts.organization_id = documents.organization_id
            and parts.service_month = documents.service_month
    where differences.difference_quantity <> 0 and terms.unit_price > 0
)

select * from final
where corrects_month is not null
