"""Building a model in the scratch database.

Here: the two ways dbt materializes our models, with the types of their contracts, taking a
table as it is, and building it for some usage keys only. Keep out: which models, and their SQL.
"""

import duckdb

from billing.periods import BillingMonth
from billing.whatif.beside import MODEL_SLICES, REACHED, REACHED_USAGE, USAGE_KEYS, Relation
from orchestration.whatif.graph import Model

_SLICES = "select * exclude (model_slice_id) from {table}"
_SLICED_OTHERWISE = f"""
create or replace table intermediate.key_sliced_otherwise as
with here as ({_SLICES.format(table=MODEL_SLICES.here)}),
there as ({_SLICES.format(table=MODEL_SLICES.there)})
select usage_key_id from {USAGE_KEYS.there}
semi join ((from here except from there) union all (from there except from here))
    using (organization_id, billed_model_id)
"""
_OF_THOSE_KEYS = "semi join intermediate.key_sliced_otherwise using (usage_key_id)"


def build(connection: duckdb.DuckDBPyConnection, model: Model, month: BillingMonth) -> None:
    """Make a model as dbt would; a table that keeps months gets its other ones from the warehouse."""
    relation = model.relation
    connection.execute(f'create schema if not exists "{relation.schema}"')
    if model.is_view:
        connection.execute(f"create view {relation.here} as {model.sql}")
        return
    if not model.keeps_months:
        _fill(connection, relation, model)
        return
    table = _of_month(relation)
    _fill(connection, table, model)
    other_months = f"select * from {relation.there} where {_not(month)} union all by name"
    before = other_months if _exists(connection, relation) else ""
    connection.execute(f"create view {relation.here} as {before} from {table.here}")


def build_where_sliced_otherwise(
    connection: duckdb.DuckDBPyConnection, model: Model, month: BillingMonth
) -> None:
    """Make the rows of usage keys that lie in other slices now, and take those of all others.

    Of what the model reads nothing else may differ, and each of its rows is of one usage key.
    """
    connection.execute(_SLICED_OTHERWISE)
    keys, relation, table = USAGE_KEYS, model.relation, _of_month(model.relation)
    connection.execute(f"create or replace view {keys.here} as from {keys.there} {_OF_THOSE_KEYS}")
    _fill(connection, table, model)
    take(connection, keys)
    connection.execute(f"""
        create view {relation.here} as
        select * from {relation.there}
        where {_not(month)}
            or usage_key_id not in (select usage_key_id from intermediate.key_sliced_otherwise)
        union all by name
        from {table.here}
    """)


def with_charges_of_others(
    connection: duckdb.DuckDBPyConnection, relation: Relation, month: BillingMonth
) -> None:
    """Beside the charges that were built, those of other models of whom a model alone is reached.

    Of organizations that are reached whole everything was built; of those that are not reached
    nothing is wanted.
    """
    connection.execute(f"""
        create or replace view {relation.here} as
        select * from {relation.there}
        where {_not(month)} or (
            organization_id in (select organization_id from {REACHED} where not is_whole)
            and (organization_id, model_id) not in (from {REACHED_USAGE})
        )
        union all by name
        from {_of_month(relation).here}
    """)


def _of_month(relation: Relation) -> Relation:
    return Relation(relation.schema, f"{relation.name}__of_month")


def _not(month: BillingMonth) -> str:
    return f"billing_month <> date '{month.first_day.isoformat()}'"


def _fill(connection: duckdb.DuckDBPyConnection, table: Relation, model: Model) -> None:
    typed = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in model.types.items())
    connection.execute(f"create table {table.here} as select {typed} from ({model.sql})")


def take(connection: duckdb.DuckDBPyConnection, relation: Relation) -> None:
    """Read a table from the warehouse, which holds what building it would give."""
    connection.execute(f'create schema if not exists "{relation.schema}"')
    connection.execute(f"create or replace view {relation.here} as select * from {relation.there}")


def _exists(connection: duckdb.DuckDBPyConnection, relation: Relation) -> bool:
    """Whether the warehouse has it: a model may be newer than the last close."""
    return bool(
        connection.execute(
            "select 1 from duckdb_tables() "
            "where database_name = 'warehouse' and schema_name = ? and table_name = ?",
            [relation.schema, relation.name],
        ).fetchall()
    )
