-- Requests that no log counts are a quantity where they have a price.
with {{ request_prices() }},

usage_keys as (
    select * from {{ ref('dim_usage_key') }}
),

hours as (
    select * from {{ ref('int_rating__term_key_hours') }}
),

placed as (
    select
        hours.* exclude (usage_key_id, ingest_sequence),
        usage_keys.billed_model_id,
        usage_keys.project_id,
        usage_keys.payer,
        usage_keys.service_tier,
        usage_keys.region,
        usage_keys.context_band
    from hours
    inner join usage_keys on hours.usage_key_id = usage_keys.usage_key_id
),

final as (
    select
        * replace (
            cast(sum(quantity) as bigint) as quantity,
            case meter when 'requests' then 'request' else meter end as meter
        )
    from placed
    where meter <> 'requests' or {{ requests_have_a_price('placed') }}
    group by all
    having sum(quantity) <> 0
)

select * from final
