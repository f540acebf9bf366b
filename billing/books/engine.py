"""How the books' database is opened, and how one writer at a time is kept.

Here: addresses, connection settings of SQLite and what a refusal reads like. Add what makes
another database behave as the books need. Keep out: PostgreSQL's side of it (`postgresql`),
tables, migrations and queries.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from billing.books import postgresql
from billing.errors import BooksError

WRITES = "meterbook_writes"
"""The execution option of a transaction that writes."""
BUSY_TIMEOUT_MS = 60_000
SQLITE_SETTINGS = (
    f"pragma busy_timeout = {BUSY_TIMEOUT_MS}",
    "pragma journal_mode = wal",
    "pragma synchronous = full",
    "pragma foreign_keys = on",
)


def address_of(url: str) -> URL:
    """Read the URL of books. Raises BooksError, which repeats nothing of what cannot be read."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise BooksError(
            "The address of the books is no database URL. "
            "Write it like postgresql://user@host/database."
        ) from None
    backend = address.get_backend_name()
    if backend not in ("sqlite", postgresql.BACKEND):
        raise BooksError(f"The books cannot live in {backend!r}. Use sqlite or postgresql.")
    if "@" in (address.host or ""):
        raise BooksError(
            "The address of the books has more than one @. In a password, write it as %40."
        )
    return address


def connect(url: str) -> Engine:
    """Make an engine for the books at `url` (SQLite or PostgreSQL); creates SQLite's folder.

    Raises BooksError when the address is not one of such a database.
    """
    address = address_of(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite(address)
    engine = postgresql.connect(address)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


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
    """Turn a database's refusal, or its absence, into one the command line can print."""
    try:
        yield
    except DBAPIError as error:
        reason = postgresql.reason(error)
        if postgresql.is_lost(error):
            raise BooksError(
                f"The books cannot be reached: {reason.rstrip('.')}. Look after the server and "
                "METERBOOK_BOOKS_URL, then run the command again."
            ) from error
        raise BooksError(f"The books refuse: {reason}") from error


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
    connection.exec_driver_sql("begin immediate" if _writes(connection) else "begin")


def _begin_postgresql(connection: Connection) -> None:
    if _writes(connection):
        postgresql.begin_writing(connection)
    else:
        postgresql.begin_reading(connection)


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get(WRITES))
