{{ config(materialized='view') }}

with keys_and_top_ups as (
    select organization_id from {{ source('catalog', 'api_keys') }}
    where payer = 'balance'
    union
    select organization_id from {{ source('catalog', 'top_ups') }}
),

months as (
    select * from {{ ref('int_rating__month_bounds') }}
    where service_month = {{ billing_month() }}
),

accounts as (
    select
        months.*,
        profiles.currency
    from months
    inner join keys_and_top_ups on months.organization_id = keys_and_top_ups.organization_id
    inner join {{ source('catalog', 'billing_profiles') }} as profiles
        on months.organization_id = profiles.organization_id
),

opening_balances as (
    select * from {{ source('books', 'opening_balance') }}
    where billing_month = {{ billing_month() }}
),

top_ups as (
    select * from {{ source('catalog', 'top_ups') }}
),

statements as (
    select * from {{ ref('fct_invoices') }}
    where billing_month = {{ billing_month() }} and payment_mode = 'prepaid'
),

final as (
    select
        accounts.organization_id,
        1 as place,
        'opening' as entry_kind,
        accounts.starts_at as entry_at,
        '' as reference,
        cast(coalesce(opening_balances.opening_amount, 0) as decimal(28, 3)) as amount,
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
        cast(top_ups.amount as decimal(28, 3)) as amount,
        accounts.currency
    from accounts
    inner join top_ups
        on
            accounts.organization_id = top_ups.organization_id
            and accounts.starts_at <= top_ups.occurred_at
            and accounts.ends_at > top_ups.occurred_at
    union all
    select
        accounts.organization_id,
        3 as place,
        'consumption' as entry_kind,
        accounts.ends_at as entry_at,
        '' as reference,
        -cast(coalesce(statements.total_amount, 0) as decimal(28, 3)) as amount,
        accounts.currency
    from accounts
    left join statements on accounts.organization_id = statements.organization_id
)

select * from final
