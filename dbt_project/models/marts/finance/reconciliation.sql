with fates as (

    select * from {{ ref('int_invoicing__fates') }}

),

rolled_up as (

    select * from {{ ref('int_invoicing__rolled_up') }}

),

model_usage as (

    select organization_id, billing_month, not_billed_reason, meter, quantity
    from (
        unpivot (
            select * from {{ ref('int_rating__model_usage') }}
            where billing_month = {{ billing_month() }}
        )
        on requests, {{ each_meter('@_tokens as "@"') }}
        into name meter value quantity
    )
    union all
    select
        meters.organization_id,
        meters.billing_month,
        usage_keys.not_billed_reason,
        meters.meter,
        meters.quantity
    from {{ ref('int_rating__meters_by_slice') }} as meters
    inner join {{ ref('dim_usage_key') }} as usage_keys
        on meters.usage_key_id = usage_keys.usage_key_id
    where meters.billing_month = {{ billing_month() }}

),

charges as (

    select * from {{ ref('int_rating__charges') }}
    where billing_month = {{ billing_month() }}

),

lines as (

    select * from {{ ref('fct_invoice_lines') }}
    where billing_month = {{ billing_month() }} and line_kind = 'usage'

),

counted as (

    select organization_id, meter, fate as stage, quantity from fates
    union all
    select organization_id, meter, 'rolled_up' as stage, quantity from rolled_up
    union all
    select organization_id, meter, 'billed' as stage, quantity from model_usage
    where not_billed_reason = ''
    union all
    select organization_id, meter, 'not_billed' as stage, quantity from model_usage
    where not_billed_reason <> ''
    union all
    select organization_id, meter, 'rated' as stage, quantity from charges
    union all
    select organization_id, meter, 'invoiced' as stage, quantity from lines
    union all
    select organization_id, 'requests' as meter, 'nothing' as stage, 0 as quantity
    from {{ ref('int_rating__windows') }}

),

summed as (

    select
        organization_id,
        meter,
        {{ sum_of_stages(['accepted', 'duplicate', 'quarantined', 'rolled_up', 'billed',
            'not_billed', 'rated', 'invoiced']) }}
    from counted
    group by organization_id, meter

),

final as (

    select
        organization_id,
        {{ billing_month() }} as billing_month,
        meter,
        cast(accepted + duplicate + quarantined as bigint) as received,
        accepted,
        billed,
        not_billed,
        duplicate as duplicates,
        quarantined,
        rolled_up,
        case meter when 'requests' then billed else rated end as rated,
        case meter when 'requests' then billed else invoiced end as invoiced,
        accepted = rolled_up
        and rolled_up = billed + not_billed
        and (meter = 'requests' or (billed = rated and rated = invoiced)) as is_balanced
    from summed

)

select * from final
