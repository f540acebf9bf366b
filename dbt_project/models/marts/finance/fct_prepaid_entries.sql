with accounts as (
    select * from {{ ref('int_prepaid__accounts') }}
),

expired as (
    select
        lots.*,
        greatest(lots.expires_at, accounts.starts_at) as ends_at
    from {{ ref('int_prepaid__rounded_lots') }} as lots
    inner join accounts on lots.organization_id = accounts.organization_id
    where lots.expired_amount <> 0
),

movements as (
    select
        organization_id,
        place,
        entry_kind,
        entry_at,
        reference,
        amount,
        currency
    from {{ ref('int_prepaid__movements') }}
    union all
    select
        organization_id,
        5 as place,
        'expiry' as entry_kind,
        ends_at as entry_at,
        reference,
        cast(-expired_amount as decimal(28, 3)) as amount,
        currency
    from expired
),

closing as (
    select
        organization_id,
        6 as place,
        'closing' as entry_kind,
        max(entry_at) as entry_at,
        '' as reference,
        cast(sum(amount) as decimal(28, 3)) as amount,
        currency
    from movements
    group by organization_id, currency
),

entries as (
    select * from movements
    union all
    select * from closing
),

final as (
    select
        organization_id,
        {{ billing_month() }} as billing_month,
        cast(row_number() over (
            partition by organization_id order by place, entry_at, reference, amount
        ) as integer) as entry_number,
        entry_kind,
        entry_at,
        reference,
        cast(amount as decimal(28, 3)) as amount,
        currency
    from entries
)

select * from final
