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
