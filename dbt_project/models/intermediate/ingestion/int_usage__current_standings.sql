{{ config(materialized='view') }}

with standings as (
    select * from {{ ref('int_usage__standings') }}
),

key_terms as (
    select * from {{ ref('int_usage__key_terms') }}
),

final as (
    select standings.*
    from standings
    inner join key_terms on {{ same_terms('standings', 'key_terms') }}
)

select * from final
