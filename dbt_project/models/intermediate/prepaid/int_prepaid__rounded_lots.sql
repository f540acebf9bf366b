{{ config(materialized='table') }}

-- In minor units. Draws are rounded in draw order as they add up, so that a lot that was used up
-- stays whole; what the statement rounds otherwise is the lot's that has most left of those drawn
-- on. What expires is what is left then.
with walked as (
    select
        organization_id,
        lot_id,
        {{ of_event('usage') }} as drawn_pico,
        {{ of_event('refund') }} as refunded_pico,
        {{ of_event('transfer_out') }} as transferred_pico,
        {{ of_event('write_off') }} as written_off_pico,
        cast(sum(expired_pico) as hugeint) as expired_pico,
        arg_max(left_pico, step) as left_pico
    from {{ ref('int_prepaid__lot_walk') }}
    group by organization_id, lot_id
),

consumed as (
    select
        organization_id,
        cast(-sum(amount) as decimal(28, 3)) as amount
    from {{ ref('int_prepaid__movements') }}
    where entry_kind in ('consumption', 'credit_note')
    group by organization_id
),

summed as (
    select
        lots.*,
        walked.* exclude (organization_id, lot_id),
        {{ pico_per_unit('lots.minor_digits') }} as unit,
        {{ units('consumed.amount', 'lots.minor_digits') }} as consumed_units,
        cast(sum(walked.drawn_pico) over in_order as hugeint) as so_far_pico,
        cast(sum(walked.drawn_pico) over account as hugeint) as in_all_pico,
        row_number() over (
            account order by
                lots.lot_kind = 'open' or walked.drawn_pico = 0 or lots.gone_at is not null asc,
                walked.left_pico desc, lots.draw_place asc
        ) = 1 as is_fullest
    from {{ ref('int_prepaid__lots') }} as lots
    inner join walked
        on lots.organization_id = walked.organization_id and lots.lot_id = walked.lot_id
    inner join consumed on lots.organization_id = consumed.organization_id
    window
        account as (partition by lots.organization_id),
        in_order as (account order by lots.draw_place rows unbounded preceding)
),

rounded as (
    select
        *,
        {{ round_div('so_far_pico', 'unit') }}
        - {{ round_div('(so_far_pico - drawn_pico)', 'unit') }} as draw_units,
        consumed_units - {{ round_div('in_all_pico', 'unit') }} as more_units,
        {{ units('(opening_amount + granted_amount)', 'minor_digits') }} as whole_units,
        (refunded_pico + transferred_pico + written_off_pico) // unit as taken_units
    from summed
),

settled as (
    select
        *,
        is_fullest and lot_kind <> 'open' and drawn_pico > 0 and gone_at is null
        and draw_units + more_units between 0 and whole_units - taken_units as takes_more
    from rounded
),

final as (
    select
        settled.*,
        draw_units + case
            when takes_more then more_units
            when lot_kind = 'open' and not bool_or(takes_more) over (partition by organization_id)
                then more_units
            else 0
        end as drawn_units
    from settled
)

select
    organization_id, lot_id, lot_kind, occurred_at, expires_at, gone_at, reference, currency,
    draw_place, opening_amount, granted_amount,
    {{ from_pico('drawn_pico') }} as exact_drawn_amount,
    {{ from_pico('expired_pico') }} as exact_expired_amount,
    {{ from_units('drawn_units', 'minor_digits') }} as drawn_amount,
    {{ from_units('refunded_pico // unit', 'minor_digits') }} as refunded_amount,
    {{ from_units('transferred_pico // unit', 'minor_digits') }} as transferred_amount,
    {{ from_units('written_off_pico // unit', 'minor_digits') }} as written_off_amount,
    {{ from_units(
        'case when gone_at is not null then whole_units - taken_units - drawn_units else 0 end',
        'minor_digits'
    ) }} as expired_amount
from final
