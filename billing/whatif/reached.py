"""Which organizations another catalog can reach; nobody else's month has to be rated anew.

Here: from rows that differ to whose they are, and taking the usage of all others away. Add here when
a catalog file names its organization by way of another. Keep out: rating, and what the month of
those who are not reached came to, which the warehouse knows.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import duckdb

from billing.whatif.beside import REACHED, REACHED_USAGE, USAGE_KEYS, WAREHOUSE, Relation

_DERIVED = {
    "rating_slice",
    "price_clock",
    "open_price_window",
    "exchange_day",
    "exchange_rate_of_month",
    "exchange_rate_of_day",
    "tax_rate_of_month",
    "fingerprint",
}
"""Made of catalog files, which are looked at themselves."""
_AFTERWARDS = {"reminder_steps"}
"""What happens to documents later; nothing in one rests on these files."""
_LINKS = {
    "contract_id": "contracts",
    "subscription_id": "subscriptions",
    "plan_id": "subscriptions",
    "tier_schedule_id": "tier_schedules",
}
"""Column to the file that says whose it is, where a row does not itself."""
_PRICES = "prices"
_SHARED = " union ".join(
    f"""
    select organization_id from {side}.catalog.allowances
    union select organization_id from {side}.catalog.tier_schedules
    union select organization_id from {side}.catalog.subscriptions
    where plan_id in (select plan_id from {side}.catalog.plan_overages)
    """.replace("scratch.", "")
    for side in ("scratch", WAREHOUSE)
)
"""Whose quantities count over models (free ones, tiers, what a plan includes): all are reached."""
_USAGE = f"""
with shared as ({_SHARED}),
used as (
    select organization_id, billed_model_id from {USAGE_KEYS.there}
    union select organization_id, billed_model_id from {USAGE_KEYS.here}
),
by_model as (select * from used where billed_model_id in (select unnest($models::varchar[]))),
whole as (
    select unnest($whole::varchar[]) as organization_id
    union select organization_id from by_model semi join shared using (organization_id)
)
select * from by_model union select used.* from used semi join whole using (organization_id)
"""
_CHANGED = "(from {here} except all from {there}) union all (from {there} except all from {here})"
_TABLES = """
select table_name from duckdb_tables()
where database_name = current_database() and schema_name = 'catalog' order by table_name
"""


@dataclass(frozen=True)
class _Reached:
    """Organizations that are reached whole, and models that are, in whoever uses them."""

    organizations: set[str]
    models: set[str]


def find_reached(
    connection: duckdb.DuckDBPyConnection,
    holds: Callable[[Relation], bool],
    chosen: Collection[str],
    *,
    is_comparable: bool,
) -> bool:
    """Write the tables `REACHED` and `REACHED_USAGE`; whether they leave anything out.

    `holds` tells whether a relation is the same on both sides, `chosen` names who is asked about,
    all when empty. What is not comparable, or cannot be told whose it is, reaches everyone asked
    about. More may be reached than changes, never less.
    """
    found = _reached(connection, holds) if is_comparable else None
    if found is None and not chosen:
        return False
    reached = found or _Reached(set(chosen), set())
    whole = sorted(reached.organizations)
    connection.execute(
        f"create table {REACHED_USAGE} as {_USAGE}",
        {"whole": whole, "models": sorted(reached.models)},
    )
    connection.execute(
        f"""
        create table {REACHED} as
        select organization_id, max(is_whole) as is_whole from (
            select unnest($whole::varchar[]) as organization_id, true as is_whole
            union all select organization_id, false from {REACHED_USAGE}
        ) group by organization_id
        """,
        {"whole": whole},
    )
    for table in (REACHED, REACHED_USAGE) if chosen else ():
        others = "not list_contains($chosen, organization_id)"
        connection.execute(f"delete from {table} where {others}", {"chosen": list(chosen)})
    return True


def _reached(
    connection: duckdb.DuckDBPyConnection, holds: Callable[[Relation], bool]
) -> _Reached | None:
    """Whose rows of some file differ; None where that cannot be told."""
    found = _Reached(set(), set())
    for (name,) in connection.sql(_TABLES).fetchall():
        relation = Relation("catalog", name)
        if name in _DERIVED | _AFTERWARDS or holds(relation):
            continue
        if name == _PRICES:
            found.models.update(_names(connection, f"select model_id from {_changed(relation)}"))
            continue
        owners = _owners_of_changes(connection, relation)
        if owners is None:
            return None
        found.organizations.update(owners)
    return found


def _owners_of_changes(
    connection: duckdb.DuckDBPyConnection, relation: Relation
) -> set[str] | None:
    columns, others = (
        connection.execute(f"select column_name, column_type from (describe {side})").fetchall()
        for side in (relation.here, relation.there)
    )
    if columns != others:
        return None
    changed = _changed(relation)
    names = [name for name, _ in columns]
    link = next((name for name in ("organization_id", *_LINKS) if name in names), None)
    if link is None or _names(connection, f"select {link} from {changed} where {link} = ''"):
        return None
    owners = [name for name in names if name.endswith("organization_id")]
    if not owners:
        parent = Relation("catalog", _LINKS[link])
        owned = f"where {link} in (select {link} from {changed})"
        sides = (parent.here, parent.there)
        queries = [f"select organization_id from {side} {owned}" for side in sides]
    else:
        queries = [f"select {name} from {changed}" for name in owners]
    return set[str]().union(*(_names(connection, query) for query in queries))


def _changed(relation: Relation) -> str:
    return f"({_CHANGED.format(here=relation.here, there=relation.there)})"


def _names(connection: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    return {name for (name,) in connection.execute(f"select distinct * from ({query})").fetchall()}


def leave_out_others(connection: duckdb.DuckDBPyConnection) -> None:
    """Take the usage keys that nothing reaches away, so that no later model meets their usage."""
    is_table = connection.execute(
        "select 1 from duckdb_tables() where database_name = current_database() "
        "and schema_name = ? and table_name = ?",
        [USAGE_KEYS.schema, USAGE_KEYS.name],
    ).fetchall()
    kept = f"(organization_id, billed_model_id) in (from {REACHED_USAGE})"
    if is_table:
        connection.execute(f"delete from {USAGE_KEYS.here} where not {kept}")
    else:
        query = f"select * from {USAGE_KEYS.there} where {kept}"
        connection.execute(f"create or replace view {USAGE_KEYS.here} as {query}")
