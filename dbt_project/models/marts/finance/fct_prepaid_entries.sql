with movements as (
    select * from {{ ref('int_prepaid__movements') }}
),

closing as (
    select
        organization_id,
        4 as place,
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
