with final as (
    select
        organization_id,
        {{ billing_month() }} as billing_month,
        lot_id,
        lot_kind,
        cast(draw_place as integer) as draw_place,
        occurred_at,
        expires_at,
        reference,
        currency,
        opening_amount,
        granted_amount,
        drawn_amount,
        refunded_amount,
        transferred_amount,
        written_off_amount,
        expired_amount,
        cast(
            opening_amount + granted_amount - drawn_amount - refunded_amount
            - transferred_amount - written_off_amount - expired_amount as decimal(28, 3)
        ) as remaining_amount,
        exact_drawn_amount
    from {{ ref('int_prepaid__rounded_lots') }}
    where
        lot_kind <> 'open'
        or opening_amount <> 0
        or exact_drawn_amount <> 0
        or drawn_amount <> 0
        or refunded_amount <> 0
        or transferred_amount <> 0
        or written_off_amount <> 0
)

select * from final
