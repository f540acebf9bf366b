with api_keys as (

    select * from {{ source('catalog', 'api_keys') }}

),

top_ups as (

    select * from {{ source('catalog', 'top_ups') }}

),

opening_balances as (

    select * from {{ source('books', 'opening_balance') }}
    where billing_month = {{ billing_month() }}

),

months as (

    select
        organization_id,
        min(starts_at) as starts_at,
        max(ends_at) as ends_at
    from {{ source('catalog', 'rating_slice') }}
    where service_month = {{ billing_month() }}
    group by organization_id

),

profiles as (

    select * from {{ source('catalog', 'billing_profiles') }}

),

statements as (

    select * from {{ ref('fct_invoices') }}
    where billing_month = {{ billing_month() }} and payment_mode = 'prepaid'

),

accounts as (

    select
        months.*,
        profiles.currency
    from months
    inner join profiles on months.organization_id = profiles.organization_id
    where months.organization_id in (
        select api_keys.organization_id from api_keys
        where api_keys.payer = 'balance'
        union
        select top_ups.organization_id from top_ups
    )

),

movements as (

    select
        accounts.organization_id,
        1 as place,
        'opening' as entry_kind,
        accounts.starts_at as entry_at,
        '' as reference,
        coalesce(opening_balances.opening_amount, 0) as amount,
        accounts.currency
    from accounts
    left join opening_balances on accounts.organization_id = opening_balances.organization_id
    union all
    select
        accounts.organization_id,
        2 as place,
        'top_up' as entry_kind,
        top_ups.occurred_at as entry_at,
        top_ups.reference,
        top_ups.amount,
        accounts.currency
    from accounts
    inner join top_ups
        on
            accounts.organization_id = top_ups.organization_id
            and top_ups.occurred_at >= accounts.starts_at
            and top_ups.occurred_at < accounts.ends_at
    union all
    select
        accounts.organization_id,
        3 as place,
        'consumption' as entry_kind,
        accounts.ends_at as entry_at,
        '' as reference,
        -coalesce(statements.total_amount, 0) as amount,
        accounts.currency
    from accounts
    left join statements on accounts.organization_id = statements.organization_id

),

entries as (

    select * from movements
    union all
    select
        organization_id,
        4 as place,
        'closing' as entry_kind,
        max(entry_at) as entry_at,
        '' as reference,
        sum(amount) as amount,
        currency
    from movements
    group by organization_id, currency

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
