{{ config(materialized='table') }}

-- What is even is quantity times price; of any other charge each quarter hour has its share. What
-- no usage of the month made (a tier that moves what an earlier month billed, an amended month) is
-- deducted as the month begins. All of it with its tax, where usage is taxed.
with months as (
    select * from {{ ref('int_rating__month_bounds') }}
    where service_month = {{ billing_month() }}
),

keys as (
    select
        min(usage_key_id) as pair_id,
        organization_id,
        api_key_id,
        billed_model_id
    from {{ ref('dim_usage_key') }}
    where payer = 'balance' and not_billed_reason = ''
    group by organization_id, api_key_id, billed_model_id
),

shares as (
    select
        uneven.organization_id,
        uneven.api_key_id,
        uneven.billed_model_id,
        greatest(coalesce(uneven.quarter_hour, months.starts_at), months.starts_at)
            as quarter_hour,
        uneven.amount
    from {{ ref('int_prepaid__uneven_amounts') }} as uneven
    inner join months on uneven.organization_id = months.organization_id
    union all
    select
        keys.organization_id,
        keys.api_key_id,
        keys.billed_model_id,
        even.quarter_hour,
        even.amount
    from {{ ref('int_prepaid__even_amounts') }} as even
    inner join keys on even.pair_id = keys.pair_id
    union all
    select
        adjustments.organization_id,
        '' as api_key_id,
        adjustments.model_id as billed_model_id,
        months.starts_at as quarter_hour,
        {{ with_tax(as_shown('exact_net_amount', 'adjustments'), 'adjustments.tax_rate') }}
            as amount
    from {{ ref('int_invoicing__adjustments') }} as adjustments
    inner join months on adjustments.organization_id = months.organization_id
    where adjustments.payment_mode = 'prepaid'
),

final as (
    select
        organization_id,
        {{ billing_month() }} as billing_month,
        coalesce(api_key_id, '') as api_key_id,
        billed_model_id as model_id,
        quarter_hour,
        cast(sum(amount) as decimal(38, 12)) as amount
    from shares
    group by all
    having sum(amount) <> 0
)

select * from final
