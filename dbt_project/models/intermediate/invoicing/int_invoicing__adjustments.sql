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
        cast(sum(net_amount) as decimal(38, 12)) as net_amount
    from both_sides
    group by
        organization_id, payment_mode, service_month, model_id, meter, service_tier,
        tax_category, tax_rate
    having sum(net_amount) <> 0
),

corrected_documents as (
    select * from {{ source('books', 'corrected_document') }}
    where billing_month = {{ billing_month() }}
),

placed as (
    select
        differences.*,
        profiles.currency,
        differences.net_amount < 0
        and {{ is_given_back_on_a_note("differences.payment_mode = 'enterprise'", 'profiles') }}
            as is_given_back,
        cast(
            case when is_given_back then -differences.net_amount else differences.net_amount end
            as decimal(38, 12)
        ) as amount
    from differences
    inner join {{ source('catalog', 'billing_profiles') }} as profiles
        on differences.organization_id = profiles.organization_id
),

final as (
    select
        placed.organization_id,
        {{ billing_month() }} as billing_month,
        placed.payment_mode,
        case
            when placed.is_given_back
                then coalesce(corrected_documents.corrects_month, placed.service_month)
            else {{ billing_month() }}
        end as corrects_month,
        'adjustment' as line_kind,
        placed.service_month,
        placed.model_id,
        placed.service_tier,
        0 as context_band,
        placed.meter,
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
        cast(sign(placed.amount) as bigint) as quantity,
        cast(sign(placed.amount) as bigint) as charged_quantity,
        cast(1 as bigint) as package_size,
        cast(abs(placed.amount) as decimal(28, 12)) as unit_price,
        placed.currency,
        placed.amount as exact_amount,
        placed.amount as exact_net_amount,
        placed.service_month as period_first_date,
        cast(placed.service_month + interval '1 month' as date) - 1 as period_last_date,
        1 as base_quantity,
        placed.tax_category,
        placed.tax_rate
    from placed
    left join corrected_documents
        on
            placed.payment_mode = {{ mode_of('corrected_documents.payer') }}
            and placed.organization_id = corrected_documents.organization_id
            and placed.service_month = corrected_documents.service_month
)

select * from final
