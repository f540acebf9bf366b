-- In minor units, kind by kind: what lots began with, what came in, what usage drew, what people
-- took and what expired are the entries of the statement, and what remains is its closing.
with lots as (
    select
        organization_id,
        sum(opening_amount) as opening,
        sum(granted_amount) as granted,
        sum(drawn_amount) as drawn,
        sum(refunded_amount + transferred_amount + written_off_amount) as taken,
        sum(expired_amount) as expired,
        sum(remaining_amount) as remaining,
        sum(exact_drawn_amount) as exact_drawn
    from {{ ref('prepaid_lots') }}
    where billing_month = {{ billing_month() }}
    group by organization_id
),

entries as (
    select
        organization_id,
        sum(case when entry_kind = 'opening' then amount else 0 end) as opening,
        sum(case when entry_kind in ('top_up', 'transfer_in') then amount else 0 end) as granted,
        sum(case when entry_kind in ('consumption', 'credit_note') then -amount else 0 end)
            as drawn,
        sum(
            case
                when entry_kind in ('refund', 'transfer_out', 'write_off') then -amount
                else 0
            end
        ) as taken,
        sum(case when entry_kind = 'expiry' then -amount else 0 end) as expired,
        sum(case when entry_kind = 'closing' then amount else 0 end) as remaining
    from {{ ref('fct_prepaid_entries') }}
    where billing_month = {{ billing_month() }}
    group by organization_id
),

deducted as (
    select
        organization_id,
        sum(amount) as amount
    from {{ ref('fct_prepaid_deductions') }}
    where billing_month = {{ billing_month() }}
    group by organization_id
)

select
    entries.organization_id,
    lots.remaining as left_of_lots,
    entries.remaining as closing
from entries
left join lots on entries.organization_id = lots.organization_id
left join deducted on entries.organization_id = deducted.organization_id
where
    coalesce(lots.opening, 0) <> entries.opening
    or coalesce(lots.granted, 0) <> entries.granted
    or coalesce(lots.drawn, 0) <> entries.drawn
    or coalesce(lots.taken, 0) <> entries.taken
    or coalesce(lots.expired, 0) <> entries.expired
    or coalesce(lots.remaining, 0) <> entries.remaining
    or coalesce(lots.exact_drawn, 0) <> coalesce(deducted.amount, 0)
