with windows as (
    select
        *,
        lag(up_to_sequence, 1, 0) over (
            partition by organization_id, service_month order by after_sequence
        ) as before_it
    from {{ ref('int_rating__windows') }}
)

select *
from windows
where after_sequence < before_it
