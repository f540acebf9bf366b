{{ config(materialized='table') }}

-- Event by event. Usage takes lots in draw order, after what was given back before and with what
-- was overdrawn; people take whole minor units. What no lot holds is open, on a row of its own.
with recursive lots as (
    {{ lots_with_steps() }}
),

walk as (
    select
        *,
        cast(0 as bigint) as step,
        '' as event_kind,
        case when arrives_step = 0 then whole_pico else cast(0 as hugeint) end as left_pico,
        cast(0 as hugeint) as taken_pico,
        cast(0 as hugeint) as expired_pico
    from lots
    union all
    (
        with met as (
            select
                walk.* exclude (step, event_kind, left_pico, taken_pico, expired_pico),
                events.step,
                events.event_kind,
                events.amount_pico,
                case
                    when walk.gone_step = events.step then 0
                    when walk.arrives_step = events.step then walk.whole_pico
                    else walk.left_pico
                end as here_pico,
                case when walk.gone_step = events.step then walk.left_pico else 0 end
                    as expired_pico
            from walk
            inner join {{ ref('int_prepaid__lot_events') }} as events
                on walk.organization_id = events.organization_id and walk.step + 1 = events.step
        ),

        offered as (
            select
                *,
                {{ offered_pico() }} as offer_pico,
                amount_pico - case
                    when event_kind = 'usage'
                        then sum(case when lot_kind = 'open' then here_pico else 0 end) over (
                            partition by organization_id
                        )
                    else 0
                end as need_pico
            from met
        ),

        {{ drawn_in_order() }}

        select
            organization_id,
            lot_id,
            lot_kind,
            draw_place,
            unit,
            whole_pico,
            arrives_step,
            gone_step,
            step,
            event_kind,
            cast(here_pico - taken_pico as hugeint) as left_pico,
            cast(taken_pico as hugeint) as taken_pico,
            cast(expired_pico as hugeint) as expired_pico
        from taken
    )
),

final as (
    select
        organization_id,
        lot_id,
        step,
        event_kind,
        left_pico,
        taken_pico,
        expired_pico
    from walk
)

select * from final
