"""The usage of the rollup, under the terms that another catalog gives its API keys.

Here: a key's stretches of equal terms laid over those the rollup knows, and the check that it is
the usage the month was rated from. Keep out: prices and contracts themselves, which meet usage
later.
"""

from collections.abc import Collection, Iterable
from datetime import date

import duckdb

from billing.errors import MeterbookError
from billing.whatif.beside import (
    KEY_TERMS,
    KINDS_PER_STANDING,
    QUARTER_HOURS,
    STANDINGS,
    USAGE_BY_SLICE,
    USAGE_KEYS,
    USED_KEYS,
    Relation,
)

_CHANGED = f"""
create table changed_standing as
select standings.* from {STANDINGS.there} as standings
anti join {KEY_TERMS.here} as terms using ({{terms}})
where standings.standing_id in (
    select usage_key_id // {KINDS_PER_STANDING} from {USAGE_KEYS.there}
)
"""
_PLACED = f"""
create table placed_standing as
select
    changed.standing_id as former_id,
    changed.from_at as former_from_at,
    cast(
        (select max(standing_id) from {STANDINGS.there})
        + row_number() over (order by changed.standing_id, terms.from_at) as integer
    ) as standing_id,
    terms.* replace (
        greatest(terms.from_at, changed.from_at) as from_at,
        least(terms.to_at, changed.to_at) as to_at
    )
from changed_standing as changed
inner join {KEY_TERMS.here} as terms
    on changed.api_key_id = terms.api_key_id
    and changed.from_at < terms.to_at
    and changed.to_at > terms.from_at
"""
_LOST = """
select distinct changed.api_key_id, changed.organization_id, terms.organization_id
from changed_standing as changed
left join placed_standing as terms on changed.standing_id = terms.former_id
where terms.organization_id is distinct from changed.organization_id
order by all
"""
_WITHIN_A_QUARTER_HOUR = f"""
with steps as (
    select
        *,
        struct_pack({{decided}}) as decided,
        lag(struct_pack({{decided}})) over (partition by former_id order by from_at) as before_it
    from placed_standing
)

select distinct api_key_id, from_at from steps
where
    from_at > former_from_at
    and from_at <> time_bucket(interval '15 minutes', from_at)
    and decided <> before_it
    and exists (
        select 1 from {QUARTER_HOURS.there} as usage
        where
            usage.usage_key_id // {KINDS_PER_STANDING} = steps.former_id
            and usage.quarter_hour = time_bucket(interval '15 minutes', steps.from_at)
    )
order by all
"""


def keep_usage(connection: duckdb.DuckDBPyConnection, kept: Iterable[Relation]) -> bool:
    """Make the kept relations readable in the scratch database, usage under its new terms.

    Returns whether any key has new terms. `int_usage__key_terms` of the scratch catalog exists.
    Raises MeterbookError when a key with usage is gone or another organization's, or when its
    terms change within a quarter hour.
    """
    changed = _place(connection)
    for relation in kept:
        connection.execute(f'create schema if not exists "{relation.schema}"')
        source = _source(connection, relation) if changed else f"select * from {relation.there}"
        connection.execute(f"create view {relation.here} as {source}")
    return changed


def _place(connection: duckdb.DuckDBPyConnection) -> bool:
    """Lay new terms over the standings that have others now; whether there are any."""
    names = _columns(connection, KEY_TERMS.here)
    connection.execute(_CHANGED.format(terms=", ".join(names)))
    if not connection.execute("select 1 from changed_standing limit 1").fetchall():
        return False
    connection.execute(_PLACED)
    reasons = [
        f"api_keys.csv: key {key} of {former} has usage and "
        + (f"belongs to {now} now" if now else "is not in this catalog")
        + ". A what-if prices the same usage; put the key back."
        for key, former, now in connection.execute(_LOST).fetchall()
    ]
    decided = [name for name in names if name not in {"from_at", "to_at"}]
    query = _WITHIN_A_QUARTER_HOUR.format(decided=_fields("placed_standing", decided))
    reasons += [
        f"The terms of key {key} change at {at:%Y-%m-%dT%H:%M:%SZ}, and it has usage in that "
        "quarter hour, which the rollup does not tell apart. Use an instant on a quarter hour."
        for key, at in connection.execute(query).fetchall()
    ]
    if reasons:
        raise MeterbookError("\n".join(reasons))
    return True


def _source(connection: duckdb.DuckDBPyConnection, relation: Relation) -> str:
    if relation == STANDINGS:
        return f"""
            select * from {relation.there} as standings
            where standing_id not in (select standing_id from changed_standing)
            union all by name
            select * exclude (former_id, former_from_at) from placed_standing
        """
    if relation == USED_KEYS:
        return f"""
            select usage_key_id, max(ingest_sequence) as seen_up_to
            from ({_source(connection, QUARTER_HOURS)}) as usage
            group by usage_key_id
        """
    if "usage_key_id" not in _columns(connection, relation.there):
        return f"select * from {relation.there}"
    return f"""
        select * from {relation.there} as usage
        where usage_key_id // {KINDS_PER_STANDING} not in (
            select standing_id from changed_standing
        )
        union all by name
        select usage.* replace (
            cast(placed.standing_id as bigint) * {KINDS_PER_STANDING}
            + usage.usage_key_id % {KINDS_PER_STANDING} as usage_key_id
        )
        from {relation.there} as usage
        inner join placed_standing as placed
            on usage.usage_key_id // {KINDS_PER_STANDING} = placed.former_id
            and greatest(usage.quarter_hour, placed.former_from_at) >= placed.from_at
            and greatest(usage.quarter_hour, placed.former_from_at) < placed.to_at
    """


def refuse_other_usage(
    connection: duckdb.DuckDBPyConnection, month: date, organizations: Collection[str]
) -> None:
    """Raise MeterbookError when the month would be rated from other usage than it was.

    Then a difference would not be the catalog's. `organizations` empty means all.
    """
    counts = [
        name
        for name, kind in connection.execute(
            f"select column_name, column_type from (describe {USAGE_BY_SLICE.here})"
        ).fetchall()
        if kind == "BIGINT" and name != "usage_key_id"
    ]
    sums = ", ".join(f"sum({name}) as {name}" for name in counts)
    sides = [
        f"select organization_id, service_month, {sums} from {table} "
        "where billing_month = $month group by organization_id, service_month"
        for table in (USAGE_BY_SLICE.there, USAGE_BY_SLICE.here)
    ]
    rows = connection.execute(
        f"""
        select distinct organization_id
        from (
            ({sides[0]} except {sides[1]}) union all ({sides[1]} except {sides[0]})
        )
        order by organization_id
        """,
        {"month": month},
    ).fetchall()
    others = [name for (name,) in rows if not organizations or name in organizations]
    if others:
        raise MeterbookError(
            f"{', '.join(others)}: usage of {month:%Y-%m} changed since that month was rated. "
            f"Run `meterbook close {month:%Y-%m}` again, then ask again."
        )


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    rows = connection.execute(f"select column_name from (describe {table})").fetchall()
    return [name for (name,) in rows]


def _fields(table: str, names: Iterable[str]) -> str:
    return ", ".join(f"{name} := {table}.{name}" for name in names)
