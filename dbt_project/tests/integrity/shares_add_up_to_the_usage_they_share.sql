-- What an allowance and tiers make of a quantity is all of it, and what they move is none.
with shared as (
    select
        {{ share_grain() }},
        sum(case when is_rerated then 0 else quantity end) as quantity,
        sum(case when is_rerated then quantity else 0 end) as moved_quantity
    from {{ ref('int_rating__shares') }}
    group by {{ share_grain() }}
)

select shared.*
from shared
left join {{ ref('int_rating__billable') }} as billable using ({{ share_grain() }})
where
    shared.moved_quantity <> 0
    or (shared.quantity <> 0 and billable.quantity is distinct from shared.quantity)
