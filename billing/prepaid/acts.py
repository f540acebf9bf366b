"""What people did to balances, as the loaded catalog has it.

Here: top-ups and movements as signed acts, each side of a transfer one of its own. Keep out:
which month takes them (`billing.invoicing.opening`) and what they leave (`lots_left`).
"""

ACTS = """
select organization_id, 'top_up' as kind, top_up_id as act_id, amount, occurred_at, currency,
    kind as lot_kind, expires_at, reference
from catalog.top_ups
union all
select to_organization_id, 'transfer_in', movement_id, amount, occurred_at, currency,
    'purchased', expires_at, reference
from catalog.balance_movements where kind = 'transfer'
union all
select organization_id,
    case kind when 'refund' then 'refund' when 'transfer' then 'transfer_out'
        else 'write_off' end,
    movement_id, case when kind = 'overdraft' then amount else -amount end, occurred_at,
    currency, '', null, reference
from catalog.balance_movements
"""
"""A query: signed amounts; what makes a lot has its kind in `lot_kind`."""
