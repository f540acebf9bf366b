with charged_or_used as (
    select
        organization_id,
        billing_month,
        project_id,
        model_id,
        requests
    from {{ ref('int_rating__model_usage') }}
    where billing_month = {{ billing_month() }}
    union all
    select distinct
        organization_id,
        billing_month,
        project_id,
        model_id,
        0 as requests
    from {{ ref('int_rating__charges') }}
    where billing_month = {{ billing_month() }}
),

model_usage as (
    select
        organization_id,
        billing_month,
        project_id,
        model_id,
        cast(sum(requests) as bigint) as requests
    from charged_or_used
    group by organization_id, billing_month, project_id, model_id
),

charges as (
    select
        organization_id,
        project_id,
        model_id,
        {{ charged_amounts() }}
    from {{ ref('int_rating__charges') }}
    where billing_month = {{ billing_month() }}
    group by organization_id, project_id, model_id
),

profiles as (
    select * from {{ source('catalog', 'billing_profiles') }}
),

final as (
    select
        model_usage.organization_id,
        model_usage.billing_month,
        model_usage.project_id,
        model_usage.model_id,
        profiles.currency,
        model_usage.requests,
        {{ charged_amounts_or_zero('charges') }}
    from model_usage
    inner join profiles on model_usage.organization_id = profiles.organization_id
    left join charges
        on
            model_usage.organization_id = charges.organization_id
            and model_usage.project_id = charges.project_id
            and model_usage.model_id = charges.model_id
)

select * from final
