"""Column types shared by the tables of the books.

Here: how instants, billing months and amounts are kept on every database. Add a type when
two tables need it. Keep out: tables and queries.
"""

from datetime import UTC, date, datetime

from sqlalchemy import BigInteger, Date, DateTime, Integer
from sqlalchemy.engine import Dialect
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
