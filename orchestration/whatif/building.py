"""Building a model in the scratch database.

Here: the two ways dbt materializes our models, with the types of their contracts, and taking a
table as it is. Keep out: which models, and their SQL.
"""

import duckdb

from billing.periods import BillingMonth
from billing.whatif.beside import Relation
from orchestration.whatif.graph import Model


def build(connection: duckdb.DuckDBPyConnection, model: Model, month: BillingMonth) -> None:
    """Make a model as dbt would; a table that keeps months gets its other ones from the warehouse."""
    relation = model.relation
    connection.execute(f'create schema if not exists "{relation.schema}"')
    if model.is_view:
        connection.execute(f"create view {relation.here} as {model.sql}")
        return
    table = relation
    if model.keeps_months:
        table = Relation(relation.schema, f"{relation.name}__of_month")
    typed = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in model.types.items())
    connection.execute(f"create table {table.here} as select {typed} from ({model.sql})")
    if model.keeps_months:
        other_months = (
            f"select * from {relation.there} "
            f"where billing_month <> date '{month.first_day.isoformat()}' union all by name"
        )
        before = other_months if _exists(connection, relation) else ""
        connection.execute(f"create view {relation.here} as {before} from {table.here}")


def take(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Read a table from the warehouse, which holds what building it would give."""
    relation = model.relation
    connection.execute(f'create schema if not exists "{relation.schema}"')
    connection.execute(f"create view {relation.here} as select * from {relation.there}")


def _exists(connection: duckdb.DuckDBPyConnection, relation: Relation) -> bool:
    """Whether the warehouse has it: a model may be newer than the last close."""
    return bool(
        connection.execute(
            "select 1 from duckdb_tables() "
            "where database_name = 'warehouse' and schema_name = ? and table_name = ?",
            [relation.schema, relation.name],
        ).fetchall()
    )
