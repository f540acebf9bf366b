"""A copy of books as they stand, to look at without touching them.

Here: copying them into a file of SQLite that is at the same revision. Keep out: opening books,
which brings them to the newest revision.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, MetaData, Table, insert, select, text

from billing.books.engine import (
    WRITES,
    address_of,
    allow_rebuilding,
    connect,
    refusals,
    require_references,
)
from billing.books.schema import migrate, revision_of

TRIGGERS = text("select name, sql from sqlite_master where type = 'trigger'")
ROWS_AT_ONCE = 1_000
REVISION = "alembic_version"
"""Alembic's table: a migrated copy has it already."""


def are_begun(url: str) -> bool:
    """Whether there are books at `url`; looking does not begin them."""
    address = address_of(url)
    if address.get_backend_name() == "sqlite":
        return bool(address.database) and Path(str(address.database)).exists()
    with refusals(), connect(url).connect() as connection:
        return revision_of(connection) is not None


def copy_books(url: str, file: Path) -> None:
    """Copy the books at `url` into a new file, as of one moment.

    Raises BooksError when a newer version of the program wrote them. Books that were not begun
    are copied as new ones.
    """
    address = address_of(url)
    if address.get_backend_name() == "sqlite":
        _back_up(Path(str(address.database)), file)
        return
    books, copy = connect(url), connect(f"sqlite:///{file}")
    with refusals():
        _copy_tables(books, copy)
    copy.dispose()


def _back_up(books: Path, file: Path) -> None:
    address = f"file:{quote(str(books.absolute()))}?mode=rw"
    with (
        closing(sqlite3.connect(address, uri=True)) as source,
        closing(sqlite3.connect(file)) as target,
    ):
        source.backup(target)


def _copy_tables(books: Engine, copy: Engine) -> None:
    with books.connect() as source:
        migrate(copy, revision_of(source))
        tables = MetaData()
        tables.reflect(copy)
        with copy.execution_options(**{WRITES: True}).connect() as target:
            allow_rebuilding(target)  # a row may refer to one that comes after it
            with target.begin():
                triggers = target.execute(TRIGGERS).all()
                for trigger in triggers:
                    target.exec_driver_sql(f"drop trigger {trigger.name}")
                for name in tables.tables.keys() - {REVISION}:
                    for rows in _rows(source, name):
                        target.execute(insert(tables.tables[name]), rows)
                for trigger in triggers:
                    target.exec_driver_sql(trigger.sql)
                require_references(target)


def _rows(source: Connection, name: str) -> Iterator[list[dict[str, Any]]]:
    table = Table(name, MetaData(), autoload_with=source)
    found = source.execute(select(table), execution_options={"yield_per": ROWS_AT_ONCE})
    for rows in found.mappings().partitions():
        yield [{column: _plain(value) for column, value in row.items()} for row in rows]


def _plain(value: object) -> object:
    """An instant as SQLite keeps it, UTC without saying so; anything else as it is."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value
