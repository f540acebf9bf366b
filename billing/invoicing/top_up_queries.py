"""Which refunds a credit note on the invoice of a top-up is for.

Here: the SQL that reads them for `marts`. Keep out: what a note comes to (`dbt_project`).
"""

REFUNDS = """
    with taken as (
        select distinct walk.organization_id, walk.lot_id, events.movement_id
        from intermediate.int_prepaid__lot_walk as walk
        inner join intermediate.int_prepaid__lot_events as events
            on walk.organization_id = events.organization_id and walk.step = events.step
        inner join finance.fct_prepaid_entries as entries
            on
                events.organization_id = entries.organization_id
                and events.occurred_at = entries.entry_at
        where
            events.event_kind = 'refund' and walk.taken_pico > 0
            and entries.entry_kind = 'refund' and entries.billing_month = $month
    )

    select distinct notes.organization_id, notes.top_up_id, movements.movement_id,
        movements.occurred_at, movements.reference
    from finance.fct_top_up_documents as notes
    left join finance.prepaid_lots as lots
        on
            notes.organization_id = lots.organization_id
            and notes.billing_month = lots.billing_month and notes.top_up_id = lots.lot_id
    inner join taken
        on
            notes.organization_id = taken.organization_id
            and (
                notes.top_up_id = taken.lot_id
                or taken.lot_id = '' and notes.net_amount > coalesce(lots.refunded_amount, 0)
            )
    inner join catalog.balance_movements as movements on taken.movement_id = movements.movement_id
    where notes.billing_month = $month and notes.document_kind = 'credit_note'
    order by notes.organization_id, notes.top_up_id, movements.occurred_at, movements.movement_id
"""
"""What took from the lot of the top-up; of a note beyond its lot, also what no lot held.

The walk of lots is of the month built last: only refunds that are entries of the month count.
"""
