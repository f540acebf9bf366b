{{ config(materialized='view') }}

-- A lot is drawn on from the quarter hour it came in to the one its end lies in. What one that is
-- over still holds as the month begins is drawn on no more.
with accounts as (
    select * from {{ ref('int_prepaid__accounts') }}
),

opening_lots as (
    select * from {{ source('books', 'opening_lot') }}
    where billing_month = {{ billing_month() }}
),

held as (
    select
        organization_id,
        sum(opening_amount) as amount
    from opening_lots
    group by organization_id
),

found as (
    select
        organization_id,
        lot_id,
        lot_kind,
        occurred_at,
        expires_at,
        reference,
        cast(opening_amount as decimal(28, 3)) as opening_amount,
        cast(0 as decimal(28, 3)) as granted_amount
    from opening_lots
    union all
    select
        organization_id,
        movement_id as lot_id,
        lot_kind,
        entry_at as occurred_at,
        expires_at,
        reference,
        cast(0 as decimal(28, 3)) as opening_amount,
        amount as granted_amount
    from {{ ref('int_prepaid__movements') }}
    where lot_kind <> ''
    union all
    select
        accounts.organization_id,
        '' as lot_id,
        'open' as lot_kind,
        cast(null as timestamp) as occurred_at,
        cast(null as timestamp) as expires_at,
        '' as reference,
        cast(accounts.opening_amount - coalesce(held.amount, 0) as decimal(28, 3))
            as opening_amount,
        cast(0 as decimal(28, 3)) as granted_amount
    from accounts
    left join held on accounts.organization_id = held.organization_id
),

final as (
    select
        found.*,
        accounts.currency,
        accounts.minor_digits,
        row_number() over (
            partition by found.organization_id
            order by
                found.lot_kind = 'open', found.lot_kind = 'purchased', found.expires_at nulls last,
                found.occurred_at, found.lot_id
        ) as draw_place,
        case
            when found.granted_amount > 0 then {{ quarter_hour('found.occurred_at') }}
        end as arrives_at,
        case
            when found.expires_at <= accounts.starts_at then accounts.starts_at
            when found.expires_at <= accounts.ends_at
                then
                    {{ quarter_hour("found.expires_at - interval '1 microsecond'") }}
                    + interval '15 minutes'
        end as gone_at
    from found
    inner join accounts on found.organization_id = accounts.organization_id
)

select * from final
