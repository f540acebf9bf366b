{{ config(materialized='view') }}

with charges as (
    -- An uplift of the list price is no part of a line that has another price.
    select * replace (case when agreed_uplift_pct = 0 then '' else uplift_id end as uplift_id)
    from {{ ref('int_rating__charges') }}
    where billing_month = {{ billing_month() }}
),

-- Instants become days here and not per line: asking a zone is dear.
stretches as (
    select
        slices.organization_id,
        slices.service_month,
        slices.terms_from_at,
        profiles.tax_treatment_id,
        {{ treatment_of_usage("'prepaid'", 'profiles') }} as balance_treatment_id,
        {{ local_date('slices.terms_from_at', 'profiles.zone') }} as period_first_date,
        {{ local_date("max(slices.ends_at) - interval '1 microsecond'", 'profiles.zone') }}
            as period_last_date
    from {{ source('catalog', 'rating_slice') }} as slices
    inner join {{ source('catalog', 'billing_profiles') }} as profiles
        on slices.organization_id = profiles.organization_id
    group by
        slices.organization_id, slices.service_month, slices.terms_from_at,
        profiles.tax_treatment_id, balance_treatment_id, profiles.zone
),

lines as (
    select
        organization_id,
        billing_month,
        case payer when 'contract' then 'enterprise' else 'prepaid' end as payment_mode,
        corrects_month,
        service_month,
        terms_from_at,
        model_id,
        meter,
        service_tier,
        context_band,
        price_id,
        contract_id,
        contract_price_id,
        allowance_id,
        tier_schedule_id,
        tier_step,
        uplift_id,
        adjustment_id,
        unit_price,
        package_size,
        currency,
        cast(sum({{ as_shown('quantity') }}) as bigint) as quantity,
        cast(sum({{ as_shown('charged_quantity') }}) as bigint) as charged_quantity,
        cast(sum({{ as_shown('contracted_amount') }}) as decimal(38, 12)) as exact_amount,
        cast(sum({{ as_shown('net_amount') }}) as decimal(38, 12)) as exact_net_amount
    from charges
    group by
        organization_id, billing_month, payer, corrects_month, service_month, terms_from_at,
        model_id, meter, service_tier, context_band, price_id, contract_id, contract_price_id,
        allowance_id, tier_schedule_id, tier_step, uplift_id, adjustment_id, unit_price,
        package_size, currency
),

final as (
    select
        lines.*,
        case
            when lines.payment_mode = 'prepaid' then stretches.balance_treatment_id
            else stretches.tax_treatment_id
        end as tax_treatment_id,
        stretches.period_first_date,
        stretches.period_last_date
    from lines
    inner join stretches
        on
            lines.organization_id = stretches.organization_id
            and lines.service_month = stretches.service_month
            and lines.terms_from_at = stretches.terms_from_at
)

select * from final
