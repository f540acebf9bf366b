"""What the rollup and the models of a month were made from.

Here: the fingerprint of the catalog tables that decide an event's payer, model and fate, and that
of everything the models of a month read beside usage. Keep out: what is in those tables.
"""

import hashlib

import duckdb

from billing.periods import BillingMonth
from orchestration.manifest import project_sha256

DECIDING_TABLES = (
    "api_keys",
    "billing_profiles",
    "context_ladder",
    "contract_outcome_rules",
    "contracts",
    "model_aliases",
    "model_patterns",
    "models",
    "outcome_rules",
    "projects",
    "subscriptions",
)


_INPUTS = """
select schema_name || '.' || table_name, list(column_name || ' ' || data_type order by column_index)
from duckdb_columns()
where database_name = coalesce(?, current_database()) and schema_name in ('catalog', 'books')
group by all having table_name not in ('rollup_basis', 'month_basis') order by all
"""


def is_rollup_current(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the rollup was made under today's deciding tables."""
    try:
        rows = connection.sql("select sha256 from catalog.rollup_basis").fetchall()
    except duckdb.CatalogException:
        rows = []
    return rows == [(_fingerprint(connection),)]


def remember_basis(connection: duckdb.DuckDBPyConnection) -> None:
    """Record that the rollup now stands on today's deciding tables."""
    basis = _fingerprint(connection)
    connection.begin()
    connection.execute("create table if not exists catalog.rollup_basis (sha256 varchar)")
    connection.execute("delete from catalog.rollup_basis")
    connection.execute("insert into catalog.rollup_basis values (?)", [basis])
    connection.commit()


def remember_month(connection: duckdb.DuckDBPyConnection, month: BillingMonth) -> None:
    """Record that every model of a month was built, as it is today, from today's catalog and books."""
    sha256 = _inputs(connection, None)
    connection.begin()
    connection.execute(
        "create or replace table catalog.month_basis as select ? as billing_month, ? as sha256",
        [month.first_day, sha256],
    )
    connection.commit()


def is_as_built(connection: duckdb.DuckDBPyConnection, month: BillingMonth, database: str) -> bool:
    """Whether a warehouse holds the month last, built by these models from what it has now."""
    try:
        rows = connection.execute(f"from {database}.catalog.month_basis").fetchall()
    except duckdb.CatalogException:
        rows = []
    return rows == [(month.first_day, _inputs(connection, database))]


def _inputs(connection: duckdb.DuckDBPyConnection, database: str | None) -> str:
    """What tells one catalog, one state of the books and one version of the models from others."""
    digest = hashlib.sha256(project_sha256().encode())
    for table, columns in connection.execute(_INPUTS, [database]).fetchall():
        name = f"{database}.{table}" if database else table
        rows = connection.execute(f"select count(*), sum(hash(t)) from {name} as t").fetchall()
        digest.update(f"{table} {columns} {rows}\n".encode())
    return digest.hexdigest()


def _fingerprint(connection: duckdb.DuckDBPyConnection) -> str:
    rows = connection.execute(
        """
        select sha256(string_agg(table_name || ':' || sha256, '\n' order by table_name))
        from catalog.fingerprint
        where list_contains(?, table_name)
        """,
        [list(DECIDING_TABLES)],
    ).fetchall()
    return str(rows[0][0])
