-- Fails when keys, subscriptions or contracts changed and the rollup was not built anew.
select * exclude (standing_id)
from {{ ref('int_usage__standings') }}
except
select * from {{ ref('int_usage__key_terms') }}
