{{ config(materialized='view') }}

-- What amended months come to under today's catalog less what was filed for them: more is a line
-- of this month, less stands on a credit note, or below zero on a statement.
with both_sides as (
    select * exclude (rated_month) from {{ source('books', 'rerated_line') }}
    where billing_month = {{ billing_month() }}
    union all by name
    select * exclude (number) replace (-net_amount as net_amount)
    from {{ source('books', 'billed_line') }}
    where billing_month = {{ billing_month() }}
),

differences as (
    select
        organization_id,
        payment_mode,
        service_month,
        model_id,
        meter,
        service_tier,
        tax_category,
        tax_rate,
        cast(sum(net_amount) as decimal(38, 12)) as net_amount,
        cast(
            case when payment_mode = 'prepaid' then sum(net_amount) else abs(sum(net_amount)) end
            as decimal(38, 12)
        ) as amount
    from both_sides
    group by
        organization_id, payment_mode, service_month, model_id, meter, service_tier,
        tax_category, tax_rate
    having sum(net_amount) <> 0
),

corrected_documents as (
    select * from {{ source('books', 'corrected_document') }}
    where billing_month = {{ billing_month() }} and payer = 'contract'
),

profiles as (
    select * from {{ source('catalog', 'billing_profiles') }}
),

final as (
    select
        differences.organization_id,
        {{ billing_month() }} as billing_month,
        differences.payment_mode,
        case
            when differences.payment_mode = 'enterprise' and differences.net_amount < 0
                then coalesce(corrected_documents.corrects_month, differences.service_month)
            else {{ billing_month() }}
        end as corrects_month,
        'adjustment' as line_kind,
        differences.service_month,
        differences.model_id,
        differences.service_tier,
        0 as context_band,
        differences.meter,
        '' as price_id,
        '' as contract_id,
        '' as contract_price_id,
        '' as allowance_id,
        '' as tier_schedule_id,
        0 as tier_step,
        '' as uplift_id,
        '' as adjustment_id,
        '' as plan_id,
        '' as subscription_id,
        cast(sign(differences.amount) as bigint) as quantity,
        cast(sign(differences.amount) as bigint) as charged_quantity,
        cast(1 as bigint) as package_size,
        cast(abs(differences.amount) as decimal(28, 12)) as unit_price,
        profiles.currency,
        differences.amount as exact_amount,
        differences.amount as exact_net_amount,
        differences.service_month as period_first_date,
        cast(differences.service_month + interval '1 month' as date) - 1 as period_last_date,
        1 as base_quantity,
        differences.tax_category,
        differences.tax_rate
    from differences
    inner join profiles on differences.organization_id = profiles.organization_id
    left join corrected_documents
        on
            differences.organization_id = corrected_documents.organization_id
            and differences.service_month = corrected_documents.service_month
)

select * from final
