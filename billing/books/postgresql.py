"""What makes PostgreSQL behave as the books need.

Here: the driver, how transactions begin, the one writer, and what an error of the server means.
Keep out: SQLite (`engine`) and triggers (`migrations/guards.py`).
"""

from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from billing.books.migrations.guards import WRITERS_LOCK
from billing.errors import BooksError

BACKEND = "postgresql"
DRIVER = f"{BACKEND}+psycopg"
UNLESS_SAID = {"connect_timeout": 10, "application_name": "meterbook"}
"""What a connection is opened with where the URL does not say it."""
WAIT = "60s"
ONE_VIEW = text("set transaction isolation level repeatable read, read only")
LATEST = text("set transaction isolation level read committed, read write")
SETTINGS = text(
    "select set_config('lock_timeout', :wait, true), set_config('synchronous_commit', "
    "replace(current_setting('synchronous_commit'), 'off', 'on'), true)"
)
ONE_WRITER = text(f"select pg_advisory_xact_lock({WRITERS_LOCK})")
LOST = ("08", "57P")
"""Classes of SQLSTATE by which a server says that it, or the way to it, is gone."""
ENCODING = "UTF8"


def connect(address: URL) -> Engine:
    """Make an engine. Raises BooksError when the driver is missing or another one is asked for."""
    if address.drivername not in (BACKEND, DRIVER):
        raise BooksError(
            f"PostgreSQL is reached with psycopg, not as {address.drivername!r}. "
            f"Begin the URL with {BACKEND}://."
        )
    said = {name: value for name, value in UNLESS_SAID.items() if name not in address.query}
    try:
        return create_engine(address.set(drivername=DRIVER), poolclass=NullPool, connect_args=said)
    except ImportError as error:
        raise BooksError(
            "Books in PostgreSQL need its driver, the extra `postgresql` of Meterbook. "
            "Install it: pip install 'psycopg[binary]'."
        ) from error


def begin_reading(connection: Connection) -> None:
    """Let every query of the transaction see the same moment."""
    connection.execute(ONE_VIEW)


def begin_writing(connection: Connection) -> None:
    """Wait until no one else writes to the books, then keep others waiting until commit.

    Each statement sees what was committed before it: the view of the first one would be from
    before the wait. A commit waits for the disk, whatever the server's default.
    """
    connection.execute(LATEST)
    connection.execute(SETTINGS, {"wait": WAIT})
    connection.execute(ONE_WRITER)


def require_unicode(connection: Connection) -> None:
    """Raise BooksError when the database cannot keep every text."""
    if connection.dialect.name != BACKEND:
        return
    encoding: str = connection.exec_driver_sql("show server_encoding").scalar_one()
    if encoding != ENCODING:
        raise BooksError(
            f"The database of the books is encoded in {encoding}. Create one in {ENCODING}."
        )


def is_lost(error: DBAPIError) -> bool:
    """Whether the server could not be reached, or went away."""
    state = getattr(error.orig, "sqlstate", "")
    if state is None:
        return isinstance(error, OperationalError | InterfaceError)
    return error.connection_invalidated or state.startswith(LOST)


def reason(error: DBAPIError) -> str:
    """What the server says, on one line and without the row, which may be a whole document."""
    said = getattr(getattr(error.orig, "diag", None), "message_primary", None)
    return str(said or error.orig).strip().partition("\n")[0]
