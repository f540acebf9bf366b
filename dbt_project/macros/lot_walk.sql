{#- What a lot offers to an event: all it has to usage, whole minor units to people. -#}
{% macro offered_pico() -%}
    case
        when lot_kind = 'open' then 0
        when event_kind = 'usage' then here_pico
        when event_kind = 'write_off' or (event_kind <> 'expiry' and lot_kind = 'purchased')
            then here_pico - here_pico % unit
        else 0
    end
{%- endmacro %}

{#- Each lot gives what those before it did not; the open row takes what is asked beyond them. -#}
{% macro drawn_in_order() -%}
    drawn as (
        select
            *,
            least(
                offer_pico,
                greatest(
                    need_pico - coalesce(sum(offer_pico) over (
                        partition by organization_id
                        order by draw_place
                        rows between unbounded preceding and 1 preceding
                    ), 0),
                    0
                )
            ) as drawn_pico
        from offered
    ),

    taken as (
        select
            *,
            case
                when lot_kind = 'open'
                    then amount_pico - sum(drawn_pico) over (partition by organization_id)
                else drawn_pico
            end as taken_pico
        from drawn
    )
{%- endmacro %}

{#- What events of a kind took from a lot, in pico. -#}
{% macro of_event(kind) -%}
    cast(sum(case when event_kind = '{{ kind }}' then taken_pico else 0 end) as hugeint)
{%- endmacro %}

{#- Lots with the events at which they come in (0: they were there) and end. -#}
{% macro lots_with_steps() -%}
    select
        lots.organization_id,
        lots.lot_id,
        lots.lot_kind,
        lots.draw_place,
        {{ pico_per_unit('lots.minor_digits') }} as unit,
        {{ pico('(lots.opening_amount + lots.granted_amount)') }} as whole_pico,
        coalesce(arrivals.step, 0) as arrives_step,
        ends.step as gone_step
    from {{ ref('int_prepaid__lots') }} as lots
    left join {{ ref('int_prepaid__lot_events') }} as arrivals
        on
            lots.organization_id = arrivals.organization_id
            and lots.arrives_at = arrivals.event_at
            and arrivals.event_kind = 'usage'
    left join {{ ref('int_prepaid__lot_events') }} as ends
        on
            lots.organization_id = ends.organization_id
            and lots.gone_at = ends.event_at
            and ends.event_kind = 'expiry'
{%- endmacro %}
