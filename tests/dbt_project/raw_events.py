"""Accepted events written down with all their columns, put where the raw tables keep them.

Here: finding or adding the shape and the owner of each. Keep out: the events themselves.
"""

import duckdb

from billing.ingestion.tables import OWNER_COLUMNS, SHAPE_COLUMNS
from tests.dbt_project.customers import Row

_SHARED = {"request_shape": ("shape_id", SHAPE_COLUMNS), "key_owner": ("owner_id", OWNER_COLUMNS)}


def insert_events(connection: duckdb.DuckDBPyConnection, *rows: Row) -> None:
    """Insert rows that name columns of `raw.usage_event`; text becomes the column's type."""
    connection.execute("create or replace temp table given as from raw.usage_event limit 0")
    for row in rows:
        places = ", ".join("?" for _ in row)
        sql = f"insert into given ({', '.join(row)}) values ({places})"
        connection.execute(sql, list(row.values()))
    keep_events(connection, "given")


def keep_events(connection: duckdb.DuckDBPyConnection, given: str) -> None:
    """Insert the rows of a table that has the columns of `raw.usage_event`."""
    for table, (number, columns) in _SHARED.items():
        names = ", ".join(columns)
        connection.execute(
            f"""insert into raw.{table} by name
            select *, (select count(*) from raw.{table}) + row_number() over () as {number}
            from (select distinct {names} from {given} except select {names} from raw.{table})"""
        )
    connection.execute(
        f"""insert into raw.accepted_event by name
        select columns(lambda name: name not in {(*SHAPE_COLUMNS, *OWNER_COLUMNS)}),
            false as is_reversal
        from {given}
        inner join raw.request_shape using ({", ".join(SHAPE_COLUMNS)})
        inner join raw.key_owner using ({", ".join(OWNER_COLUMNS)})"""
    )
