"""Which catalogs the rollup cannot answer for.

Here: refusals by name, before anything is built. Keep out: usage whose key's terms changed,
which can be placed anew (`kept_usage`).
"""

import duckdb

from billing.errors import MeterbookError
from billing.whatif.beside import USAGE_KEYS, WAREHOUSE

_THRESHOLDS = """
select table_name from duckdb_columns()
where database_name = current_database() and schema_name = 'catalog'
    and column_name = 'context_above_tokens'
order by table_name
"""
_ZONES = f"""
select organization_id, theirs.zone, ours.zone
from {WAREHOUSE}.catalog.billing_profiles as theirs
inner join catalog.billing_profiles as ours using (organization_id)
where theirs.zone <> ours.zone
    and organization_id in (select organization_id from {USAGE_KEYS.there})
order by organization_id
"""


def refuse_unanswerable(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise MeterbookError, with every reason, when the catalog asks more than the rollup knows.

    The scratch catalog is loaded. Long-context thresholds must be on the ladder the rollup was
    made with, and a month must keep its bounds.
    """
    reasons = [*_off_the_ladder(connection), *_other_zones(connection)]
    if reasons:
        raise MeterbookError("\n".join(reasons))


def _off_the_ladder(connection: duckdb.DuckDBPyConnection) -> list[str]:
    reasons = []
    for (table,) in connection.execute(_THRESHOLDS).fetchall():
        unknown = connection.execute(
            f"""
            select distinct context_above_tokens from catalog.{table}
            where context_above_tokens <> 0 and context_above_tokens not in (
                select threshold_tokens from {WAREHOUSE}.catalog.context_ladder
            )
            order by all
            """
        ).fetchall()
        reasons += [
            f"{table}.csv: the rollup does not tell requests above {threshold} tokens apart. "
            "Append the threshold to context_ladder.csv of the home and close a month, which "
            "rolls usage up again; then ask again."
            for (threshold,) in unknown
        ]
    return reasons


def _other_zones(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [
        f"billing_profiles.csv: {organization} has zone {ours} instead of {theirs}. That moves "
        "usage into other months; a what-if prices the same usage. Put the zone back."
        for organization, theirs, ours in connection.execute(_ZONES).fetchall()
    ]
