-- A model may cost something without usage of its own: late usage can move a volume price.
with charged_or_used as (
    select * from {{ ref('int_rating__model_usage') }}
    where billing_month = {{ billing_month() }}
    union all by name
    select distinct
        organization_id,
        billing_month,
        model_id,
        0 as requests
    from {{ ref('int_rating__charges') }}
    where billing_month = {{ billing_month() }}
),

model_usage as (
    select
        organization_id,
        billing_month,
        model_id,
        cast(sum(requests) as bigint) as requests,
        cast(
            sum(case when not_billed_reason = '' then requests else 0 end) as bigint
        ) as requests_billed,
        {{ each_meter('cast(coalesce(sum(@_tokens), 0) as bigint) as @_tokens') }},
        cast(coalesce(sum(other_units), 0) as bigint) as other_units
    from charged_or_used
    group by organization_id, billing_month, model_id
),

charges as (
    select
        organization_id,
        model_id,
        {{ charged_amounts() }}
    from {{ ref('int_rating__charges') }}
    where billing_month = {{ billing_month() }}
    group by organization_id, model_id
),

profiles as (
    select * from {{ source('catalog', 'billing_profiles') }}
),

final as (
    select
        model_usage.organization_id,
        model_usage.billing_month,
        model_usage.model_id,
        profiles.currency,
        model_usage.requests,
        model_usage.requests_billed,
        {{ each_meter('model_usage.@_tokens') }},
        model_usage.other_units,
        {{ charged_amounts_or_zero('charges') }}
    from model_usage
    inner join profiles on model_usage.organization_id = profiles.organization_id
    left join charges
        on
            model_usage.organization_id = charges.organization_id
            and model_usage.model_id = charges.model_id
)

select * from final
