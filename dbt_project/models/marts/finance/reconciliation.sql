with fates as (
    select * from {{ ref('int_invoicing__fates') }}
),

rolled_up as (
    select * from {{ ref('int_invoicing__rolled_up') }}
),

decided_usage as (
    select * from {{ ref('int_invoicing__decided_usage') }}
),

charges as (
    select * from {{ ref('int_rating__charges') }}
    where billing_month = {{ billing_month() }}
),

lines as (
    select
        organization_id,
        meter,
        {{ as_shown('quantity') }} as quantity
    from {{ ref('fct_invoice_lines') }}
    where billing_month = {{ billing_month() }} and line_kind = 'usage'
),

-- Requests that are charged as such: the same as were received, rolled up and billed.
charged_requests as (
    select * from {{ ref('int_rating__charged_requests') }}
),

windows as (
    select * from {{ ref('int_rating__windows') }}
),

counted as (
    {{ counted_stage('fate', 'fates') }}
    union all
    {{ counted_stage("'rolled_up'", 'rolled_up') }}
    union all
    {{ counted_stage(
        "case when not_billed_reason = '' then 'billed' else 'not_billed' end", 'decided_usage'
    ) }}
    union all
    {%- for stage in ['accepted', 'rolled_up', 'billed'] %}
    {{ counted_stage("'" ~ stage ~ "'", 'charged_requests') }}
    union all
    {%- endfor %}
    {{ counted_stage("'rated'", 'charges') }}
    union all
    {{ counted_stage("'invoiced'", 'lines') }}
    union all
    select
        organization_id,
        'requests' as meter,
        'accepted' as stage,
        0 as quantity
    from windows
),

summed as (
    select
        organization_id,
        meter,
        {{ sum_of_stages([
            'accepted', 'duplicate', 'quarantined', 'rolled_up', 'billed', 'not_billed', 'rated',
            'invoiced',
        ]) }}
    from counted
    group by organization_id, meter
    having meter = 'requests' or max(abs(quantity)) > 0
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
