{{ config(materialized='table') }}

-- What of a part is counted: what only a subscription keeps from being billed, of the models as
-- they were asked for, by file. Where a request names no pictures it is one generation.
with stretches as (
    select * from {{ ref('int_subscriptions__overage_stretches') }}
    where billing_month = {{ billing_month() }}
),

usage_keys as (
    select
        used.usage_key_id,
        used.payer_id as counted_subscription_id,
        used.requested_model_id as model_id,
        coalesce(models.modality in ('image', 'video'), false) as is_generating
    from {{ ref('dim_usage_key') }} as used
    left join {{ source('catalog', 'models') }} as models
        on used.requested_model_id = models.model_id
    where
        used.payer = 'subscription'
        and used.not_billed_reason = 'included_in_subscription'
        and used.payer_id in (select stretches.counted_subscription_id from stretches)
),

{{ countable_usage('quarter_hour >= (select min(stretches.counts_from_at) from stretches)') }},

used as (
    select
        stretches.subscription_id,
        stretches.period_first_date,
        stretches.plan_id,
        usage_keys.model_id,
        hours.ingest_sequence,
        hours.requests,
        hours.tokens + coalesce(other.tokens, 0) as tokens,
        case
            when usage_keys.is_generating
                then hours.requests + coalesce(other.more_generations, 0)
            else 0
        end as generations
    from quarter_hours as hours
    inner join usage_keys on hours.usage_key_id = usage_keys.usage_key_id
    inner join stretches
        on
            usage_keys.counted_subscription_id = stretches.counted_subscription_id
            and hours.quarter_hour >= stretches.counts_from_at
            and hours.quarter_hour < stretches.counts_to_at
            and hours.ingest_sequence <= stretches.up_to_sequence
    left join other_meters as other
        on
            hours.usage_key_id = other.usage_key_id
            and hours.quarter_hour = other.quarter_hour
            and hours.ingest_sequence = other.ingest_sequence
),

final as (
    select
        used.subscription_id,
        used.period_first_date,
        overages.plan_overage_id,
        used.ingest_sequence,
        cast(sum(
            case overages.counted
                when 'tokens' then used.tokens
                when 'requests' then used.requests
                else used.generations
            end
        ) as bigint) as quantity
    from used
    inner join {{ source('catalog', 'plan_overages') }} as overages
        on used.plan_id = overages.plan_id and overages.model_id in ('', used.model_id)
    group by
        used.subscription_id, used.period_first_date, overages.plan_overage_id,
        used.ingest_sequence
)

select * from final
