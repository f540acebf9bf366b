{{ config(materialized='table') }}

with used_keys as (
    select usage_key_id from {{ ref('int_usage__used_keys') }}
),

standings as (
    select * from {{ ref('int_usage__standings') }}
),

request_kinds as (
    select * from {{ ref('int_usage__request_kinds') }}
),

outcome_rules as (
    select * from {{ source('catalog', 'outcome_rules') }}
),

contract_outcome_rules as (
    select * from {{ source('catalog', 'contract_outcome_rules') }}
),

names as (
    {{ model_names(logged_names()) }}
),

named as (
    select
        request_kinds.*,
        coalesce(requested.model_id, request_kinds.requested_model) as requested_model_id,
        coalesce(answered.model_id, request_kinds.answered_model) as answered_model_id,
        coalesce(outcome_rules.is_billed, false) as is_outcome_billed,
        coalesce(
            nullif(outcome_rules.not_billed_reason, ''), request_kinds.outcome
        ) as outcome_reason
    from request_kinds
    left join names as requested on request_kinds.requested_model = requested.alias
    left join names as answered on request_kinds.answered_model = answered.alias
    left join outcome_rules on request_kinds.outcome = outcome_rules.outcome
),

final as (
    select
        used_keys.usage_key_id,
        standings.organization_id,
        standings.project_id,
        standings.api_key_id,
        standings.payer,
        case
            when standings.payer = 'subscription' then standings.subscription_id
            else standings.contract_id
        end as payer_id,
        named.requested_model_id,
        named.answered_model_id,
        case
            when standings.price_by = 'requested' or named.answered_model_id = ''
                then named.requested_model_id
            else named.answered_model_id
        end as billed_model_id,
        named.provider,
        named.region,
        named.service_tier_asked,
        named.service_tier,
        named.is_byok,
        named.context_band,
        named.outcome,
        named.status_class,
        named.throttle_cause,
        case
            when not coalesce(own.is_billed, named.is_outcome_billed)
                then coalesce(nullif(own.not_billed_reason, ''), named.outcome_reason)
            when named.is_byok and not coalesce(own_byok.is_billed, false)
                then coalesce(nullif(own_byok.not_billed_reason, ''), 'byok')
            when not standings.is_key_valid then 'key_not_valid'
            when standings.payer <> 'subscription' then ''
            when standings.is_subscription_active then 'included_in_subscription'
            else 'subscription_inactive'
        end as not_billed_reason,
        named.usage_quality,
        named.source_id,
        named.kind
    from used_keys
    inner join standings
        on used_keys.usage_key_id // 1048576 = standings.standing_id
    inner join named
        on used_keys.usage_key_id % 1048576 = named.request_kind_id
    left join contract_outcome_rules as own
        on standings.contract_id = own.contract_id and named.outcome = own.outcome
    left join contract_outcome_rules as own_byok
        on standings.contract_id = own_byok.contract_id and own_byok.outcome = 'byok'
)

select * from final
