{{ config(materialized='table') }}

-- What happens to the lots of an account, in order. Where nothing comes in, expires or is taken,
-- usage is one event. At the end of a quarter hour: what people took in it, then what expires; at
-- the beginning of one: overdrafts written off, then usage with the lots that came in.
with accounts as (
    select * from {{ ref('int_prepaid__accounts') }}
),

lots as (
    select * from {{ ref('int_prepaid__lots') }}
),

acts as (
    select
        organization_id,
        {{ quarter_hour('entry_at') }}
        + case when amount > 0 then 0 else 1 end * interval '15 minutes' as event_at,
        case when amount > 0 then 3 else 1 end as phase,
        entry_kind as event_kind,
        entry_at as occurred_at,
        movement_id,
        -{{ pico('amount') }} as amount_pico
    from {{ ref('int_prepaid__movements') }}
    where place = 4
    union all
    select distinct
        organization_id,
        gone_at as event_at,
        2 as phase,
        'expiry' as event_kind,
        gone_at as occurred_at,
        '' as movement_id,
        cast(0 as hugeint) as amount_pico
    from lots
    where gone_at is not null
),

bounds as (
    select
        organization_id,
        starts_at as from_at
    from accounts
    union
    select
        organization_id,
        arrives_at as from_at
    from lots
    where arrives_at is not null
    union
    select
        acts.organization_id,
        acts.event_at as from_at
    from acts
    inner join accounts on acts.organization_id = accounts.organization_id
    where acts.event_at < accounts.ends_at
),

used as (
    select
        bounds.organization_id,
        bounds.from_at,
        cast(sum(deductions.amount) as decimal(38, 12)) as amount
    from {{ ref('int_prepaid__deductions') }} as deductions
    asof inner join bounds
        on
            deductions.organization_id = bounds.organization_id
            and deductions.quarter_hour >= bounds.from_at
    group by bounds.organization_id, bounds.from_at
),

events as (
    select * from acts
    union all
    select
        bounds.organization_id,
        bounds.from_at as event_at,
        4 as phase,
        'usage' as event_kind,
        bounds.from_at as occurred_at,
        '' as movement_id,
        {{ pico('coalesce(used.amount, 0)') }} as amount_pico
    from bounds
    left join used
        on bounds.organization_id = used.organization_id and bounds.from_at = used.from_at
),

final as (
    select
        *,
        row_number() over (
            partition by organization_id order by event_at, phase, occurred_at, movement_id
        ) as step
    from events
)

select * from final
