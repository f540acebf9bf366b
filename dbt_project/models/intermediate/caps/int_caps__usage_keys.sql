{{ config(materialized='table') }}

-- What no valid key asked for is nobody's use. Models are counted as they were asked for: that is
-- what a gateway can refuse.
with limited as (
    select distinct {{ cap_subject() }} from {{ ref('int_caps__limits') }}
),

usage_keys as (
    select
        rolled_up.*,
        {{ is_served('rolled_up.outcome') }} as is_served
    from {{ ref('dim_usage_key') }} as rolled_up
    inner join {{ ref('int_usage__standings') }} as standings
        on rolled_up.usage_key_id // 1048576 = standings.standing_id
    where
        standings.is_key_valid
        and (rolled_up.payer <> 'subscription' or standings.is_subscription_active)
        and ({{ is_served('rolled_up.outcome') }} or rolled_up.outcome = 'rate_limited')
),

-- What a plan includes is used by what would be billed without it.
included as (
    select
        *,
        true as is_served
    from {{ ref('dim_usage_key') }}
    where payer = 'subscription' and not_billed_reason = 'included_in_subscription'
),

subjects as (
    select
        *,
        'subscription_item' as subject_kind,
        payer_id as subject_id,
        requested_model_id as model_id
    from usage_keys
    where payer = 'subscription'
    union all
    select
        *,
        'subscription' as subject_kind,
        payer_id as subject_id,
        '' as model_id
    from included
    union all
    select
        *,
        'subscription' as subject_kind,
        payer_id as subject_id,
        requested_model_id as model_id
    from included
    union all
    select
        *,
        'key' as subject_kind,
        api_key_id as subject_id,
        '' as model_id
    from usage_keys
    union all
    select
        *,
        'key_model' as subject_kind,
        api_key_id as subject_id,
        requested_model_id as model_id
    from usage_keys
),

final as (
    select
        {{ cap_subject('limited') }},
        subjects.usage_key_id,
        subjects.is_served,
        subjects.subject_kind = 'subscription'
        and coalesce(models.modality not in ('image', 'video'), true) as is_without_generations,
        case
            when subjects.is_served then ''
            else coalesce(nullif(subjects.throttle_cause, ''), 'unknown')
        end as throttle_cause
    from subjects
    inner join limited
        on
            {{ same_subject('subjects', 'limited') }}
            and subjects.organization_id = limited.organization_id
    left join {{ source('catalog', 'models') }} as models
        on subjects.requested_model_id = models.model_id
)

select * from final
