"""Which catalog the rollup was made under.

Here: the fingerprint of the catalog tables that decide an event's payer, model and fate. Keep
out: what is in those tables.
"""

import duckdb

DECIDING_TABLES = (
    "api_keys",
    "billing_profiles",
    "context_ladder",
    "contracts",
    "model_aliases",
    "model_patterns",
    "models",
    "outcome_rules",
    "projects",
    "subscriptions",
)


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
