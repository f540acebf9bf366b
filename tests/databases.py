"""The two kinds of database that books live in, for tests that run on both.

Here: what differs between them in a test's eyes, and another program's connection. Keep out:
what is in the books.
"""

import sqlite3
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
import pytest
from sqlalchemy.engine import make_url


@dataclass(frozen=True)
class Database:
    """One kind of database: what its own words are for the same refusal."""

    name: str
    taken_key: str
    broken_rule: type[Exception]


TAKEN = "append-only and has a row with this key"
SQLITE = Database("sqlite", TAKEN, sqlite3.IntegrityError)
DUPLICATE = "duplicate key value violates unique constraint"
POSTGRESQL = Database("postgresql", DUPLICATE, psycopg.IntegrityError)
only_sqlite = pytest.mark.parametrize("database", [SQLITE], indirect=True, ids=["sqlite"])
only_postgresql = pytest.mark.parametrize(
    "database", [POSTGRESQL], indirect=True, ids=["postgresql"]
)


class Raw(Protocol):
    """Another program's connection, as the drivers of both databases have it."""

    def execute(self, statement: str) -> Any: ...

    def close(self) -> None: ...


def raw_connection(url: str) -> Raw:
    """Another program's connection: no setting, nothing of ours; each statement is committed."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        assert address.database
        return sqlite3.connect(address.database, isolation_level=None)
    host = str(address.query["host"])
    return psycopg.connect(
        host=host, user=address.username, dbname=address.database, autocommit=True
    )
