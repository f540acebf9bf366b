{{ config(materialized='table') }}

-- A unit is a request, a token or whatever else is counted, in the month as in its hours. A model
-- that cost a key nothing yet in the month is worth nothing to it.
with usage_keys as (
    select * from {{ ref('int_caps__spending_keys') }}
),

of_month as (
    select
        usage_key_id,
        requests + {{ each_meter('@_tokens', ' +') }} as units
    from {{ ref('int_rating__usage_by_slice') }}
    where billing_month = {{ billing_month() }}
    union all
    select
        usage_key_id,
        quantity as units
    from {{ ref('int_rating__meters_by_slice') }}
    where billing_month = {{ billing_month() }}
),

billed as (
    select
        usage_keys.organization_id,
        usage_keys.api_key_id,
        usage_keys.model_id,
        cast(sum(of_month.units) as hugeint) as units
    from of_month
    inner join usage_keys on of_month.usage_key_id = usage_keys.usage_key_id
    group by usage_keys.organization_id, usage_keys.api_key_id, usage_keys.model_id
),

of_quarter_hours as (
    select
        usage_key_id,
        quarter_hour,
        ingest_sequence,
        requests + {{ each_meter('@_tokens', ' +') }} as units
    from {{ ref('int_usage__quarter_hours') }}
    where {{ near_month('quarter_hour', 42) }}
    union all
    select
        usage_key_id,
        quarter_hour,
        ingest_sequence,
        quantity as units
    from {{ ref('int_usage__quarter_hour_meters') }}
    where {{ near_month('quarter_hour', 42) }}
),

used as (
    select
        usage_keys.* exclude (usage_key_id, watermark),
        counted.quarter_hour,
        {{ days_that_repeat(
            'min(counted.quarter_hour) over (partition by usage_keys.api_key_id)',
            'usage_keys.looked_at'
        ) }} as days,
        counted.units
    from of_quarter_hours as counted
    inner join usage_keys
        on
            counted.usage_key_id = usage_keys.usage_key_id
            and counted.ingest_sequence <= usage_keys.watermark
            and counted.quarter_hour < usage_keys.looked_at
),

hours as (
    select
        * exclude (quarter_hour, units),
        {{ hour_number('quarter_hour', 'looked_at', 'days') }} as hour_number,
        cast(sum(units) as hugeint) as units
    from used
    where days > 0 and quarter_hour >= looked_at - to_days(days)
    group by all
),

-- What is worth ten million million is above every limit, and fits.
final as (
    select
        hours.organization_id,
        hours.api_key_id,
        hours.looked_at,
        hours.days,
        hours.hour_number,
        cast(sum({{ from_pico(
            'least(' ~ pico_share('spent.amount', 'hours.units', 'billed.units')
            ~ ', cast(10000000000000000000000000 as hugeint))'
        ) }}) as decimal(38, 12)) as amount
    from hours
    inner join billed using (organization_id, api_key_id, model_id)
    inner join {{ ref('int_caps__key_costs') }} as spent
        using (organization_id, api_key_id, model_id)
    where billed.units > 0 and spent.amount > 0
    group by all
)

select * from final
