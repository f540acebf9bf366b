select *
from {{ ref('int_usage__request_kinds') }}
where request_kind_id >= 1048576
