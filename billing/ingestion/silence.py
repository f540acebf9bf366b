"""Where a source that is never silent fell silent.

Here: the silent hours of a month put together to stretches. Keep out: which hour is expected of
a source (the dbt model `source_coverage`), and telling anybody.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from billing.periods import BillingMonth

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Silence:
    """A stretch of whole hours, half-open and in UTC, without a request where some were expected."""

    source_id: str
    from_at: datetime
    to_at: datetime

    @property
    def hours(self) -> int:
        """Its length."""
        return (self.to_at - self.from_at) // HOUR


def silences_of(connection: duckdb.DuckDBPyConnection, month: BillingMonth) -> list[Silence]:
    """The stretches of a month that was built, by source and time."""
    rows = connection.execute(
        """
        select source_id, usage_hour from usage.source_coverage
        where billing_month = ? and is_silent and is_expected order by source_id, usage_hour
        """,
        [month.first_day],
    ).fetchall()
    return merged([(source, hour.replace(tzinfo=UTC)) for source, hour in rows])


def merged(hours: list[tuple[str, datetime]]) -> list[Silence]:
    """Consecutive hours of a source as one stretch; `hours` are in order of source and time."""
    stretches: list[Silence] = []
    for source, hour in hours:
        last = stretches[-1] if stretches else None
        if last and (last.source_id, last.to_at) == (source, hour):
            stretches[-1] = Silence(source, last.from_at, hour + HOUR)
        else:
            stretches.append(Silence(source, hour, hour + HOUR))
    return stretches
