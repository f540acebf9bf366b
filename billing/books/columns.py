"""Column types shared by the tables of the books.

Here: how instants, billing months and amounts are kept, and texts ordered, on every database.
Add a type when two tables need it. Keep out: tables and queries.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, DateTime, Integer
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from billing.periods import BillingMonth

Identity = BigInteger().with_variant(Integer(), "sqlite")
"""A generated key: SQLite only generates keys of type INTEGER."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, also on a database that forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Write UTC."""
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read an aware UTC instant."""
        del dialect
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Month(TypeDecorator[BillingMonth]):
    """A billing month, kept as its first day."""

    impl = Date()
    cache_ok = True

    def process_bind_param(self, value: BillingMonth | None, dialect: Dialect) -> date | None:
        """Write the first day."""
        del dialect
        return None if value is None else value.first_day

    def process_result_value(self, value: date | None, dialect: Dialect) -> BillingMonth | None:
        """Read the month the day lies in."""
        del dialect
        return None if value is None else BillingMonth.of(value)


class ByBytes(FunctionElement[str]):
    """A text to order by, byte by byte, whatever language the database sorts in.

    The order of documents and of what is in them must not depend on where the books are.
    """

    inherit_cache = True

    def __init__(self, text: ColumnElement[str]) -> None:
        super().__init__(text)


@compiles(ByBytes)
def _as_it_is(element: ByBytes, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401  # SQLAlchemy's own
    return compiler.process(element.clauses, **options)


@compiles(ByBytes, "postgresql")
def _by_code(element: ByBytes, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401  # same
    return f'({compiler.process(element.clauses, **options)}) collate "C"'
