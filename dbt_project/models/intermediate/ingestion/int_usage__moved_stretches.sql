{{ config(materialized='view') }}

-- Each version of a key after the settled one is laid over the one before it: usage that is placed
-- already stands on one of them. Whole quarter hours, since the rollup knows no less.
with versions as (
    select
        *,
        dense_rank() over (partition by api_key_id order by term_version) as place
    from {{ ref('int_usage__term_versions') }}
),

moved as (
    select
        former.api_key_id,
        {{ quarter_hour('greatest(former.from_at, latter.from_at)') }} as from_at,
        {{ quarter_hour(
            "least(former.to_at, latter.to_at) + interval '15 minutes' - interval '1 microsecond'"
        ) }} as to_at,
        former.is_gone <> latter.is_gone
        or former.payer <> latter.payer
        or former.subscription_id <> latter.subscription_id
        or former.is_key_valid <> latter.is_key_valid
        or former.is_subscription_active <> latter.is_subscription_active as changes_counting
    from versions as former
    inner join versions as latter
        on
            former.api_key_id = latter.api_key_id
            and former.place + 1 = latter.place
            and former.from_at < latter.to_at
            and former.to_at > latter.from_at
    where
        latter.term_version > {{ settled_terms() }}
        and (
            former.is_gone <> latter.is_gone
            or not ({{ same_standing_terms('former', 'latter') }})
        )
),

islands as (
    select
        *,
        coalesce(
            from_at > max(to_at) over (
                partition by api_key_id
                order by from_at, to_at
                rows between unbounded preceding and 1 preceding
            ), true
        ) as begins
    from moved
),

numbered as (
    select
        *,
        count(*) filter (where begins) over (
            partition by api_key_id
            order by from_at, to_at
            rows unbounded preceding
        ) as island
    from islands
),

final as (
    select
        api_key_id,
        min(from_at) as from_at,
        max(to_at) as to_at,
        bool_or(changes_counting) as changes_counting
    from numbered
    group by api_key_id, island
)

select * from final
