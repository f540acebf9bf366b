{{ config(materialized='view') }}

with standings as (
    select * from {{ ref('int_usage__standings') }}
),

key_terms as (
    select * from {{ ref('int_usage__key_terms') }}
),

-- A register that an earlier version filled may have numbered a standing twice: the last counts.
final as (
    select standings.* replace (key_terms.to_at as to_at)
    from standings
    inner join key_terms on {{ same_standing_terms('standings', 'key_terms') }}
    qualify standings.standing_id = max(standings.standing_id) over (
        partition by key_terms.api_key_id, key_terms.from_at
    )
)

select * from final
