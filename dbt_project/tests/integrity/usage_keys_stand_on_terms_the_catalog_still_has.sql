-- Fails when keys, subscriptions or contracts changed and the rollup was not built anew.
select usage_keys.usage_key_id
from {{ ref('dim_usage_key') }} as usage_keys
left join {{ ref('int_usage__current_standings') }} as standings
    on usage_keys.usage_key_id // 1048576 = standings.standing_id
where standings.standing_id is null
