"""How the books' database is opened, and how one writer at a time is kept.

Here: connection settings per database. Add what makes another database behave as the books
need. Keep out: tables, migrations and queries.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError

from billing.errors import BooksError

WRITES = "meterbook_writes"
BUSY_TIMEOUT_MS = 60_000
SQLITE_SETTINGS = (
    f"pragma busy_timeout = {BUSY_TIMEOUT_MS}",
    "pragma journal_mode = wal",
    "pragma synchronous = full",
    "pragma foreign_keys = on",
)
ONE_WRITER = text("select pg_advisory_xact_lock(5217411)")


def connect(url: str) -> Engine:
    """Make an engine for the books at `url` (SQLite or PostgreSQL); creates SQLite's folder.

    Raises BooksError when the address is not one of such a database.
    """
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise BooksError("The address of the books is no database URL.") from error
    if address.get_backend_name() == "sqlite":
        return _sqlite(address)
    if address.get_backend_name() == "postgresql":
        return create_engine(address, poolclass=NullPool)
    raise BooksError(
        f"The books cannot live in {address.get_backend_name()!r}. Use sqlite or postgresql."
    )


def begin_writing(connection: Connection) -> None:
    """Wait until no one else writes to the books, then keep others waiting until commit."""
    if connection.dialect.name == "postgresql":
        connection.execute(ONE_WRITER)


def allow_rebuilding(connection: Connection) -> None:
    """Let tables that others refer to be rebuilt; SQLite takes this outside of transactions only.

    `require_references` must have the last word before such a transaction is committed.
    """
    raw = connection.connection.driver_connection
    if connection.dialect.name == "sqlite" and raw is not None:
        raw.execute("pragma foreign_keys = off")


def require_references(connection: Connection) -> None:
    """Raise BooksError when a row refers to one that is not there."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("pragma foreign_key_check").all()
        if broken:
            raise BooksError(f"The books hold rows that refer to nothing: {broken[0]}.")


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a database's refusal into one the command line can print."""
    try:
        yield
    except DatabaseError as error:
        raise BooksError(f"The books refuse: {error.orig}") from error


def _sqlite(address: URL) -> Engine:
    if not address.database or address.database == ":memory:":
        raise BooksError("The books must outlive the process: give them a file.")
    Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        address, poolclass=NullPool, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(raw: sqlite3.Connection, record: object) -> None:
    """Take transactions out of the driver's hands: it would commit before every DDL."""
    del record
    raw.isolation_level = None
    for setting in SQLITE_SETTINGS:
        raw.execute(setting)


def _begin_sqlite(connection: Connection) -> None:
    options: Any = connection.get_execution_options()
    connection.exec_driver_sql("begin immediate" if options.get(WRITES) else "begin")
