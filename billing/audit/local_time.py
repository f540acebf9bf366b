"""The audit's own calendar: months and midnights of an IANA zone as UTC instants.

Here: every conversion between a zone's days and the warehouse's timestamps, which are naive
and hold UTC. Add here when a rule needs another window. Keep out: the clock.
"""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

NEVER = datetime(9999, 12, 31, tzinfo=UTC).replace(tzinfo=None)
NO_DAY = date(9999, 12, 31)


@lru_cache(maxsize=65536)
def midnight(day: date, zone: str) -> datetime:
    """Return the naive UTC instant at which `day` begins in `zone`; `NEVER` for the open end."""
    if day >= NO_DAY:
        return NEVER
    begins = datetime.combine(day, time(), ZoneInfo(zone))
    return begins.astimezone(UTC).replace(tzinfo=None)


def add_months(day: date, months: int) -> date:
    """Return the same day of the month `months` later, or that month's last one."""
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))


def month_bounds(first_day: date, zone: str) -> tuple[datetime, datetime]:
    """Return the first instant of a month in `zone` and of the next one."""
    return midnight(first_day, zone), midnight(add_months(first_day, 1), zone)


def local_day(instant: datetime, zone: str) -> date:
    """Return the calendar day of a naive UTC instant in `zone`."""
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def last_day_before(instant: datetime, zone: str) -> date:
    """Return the last calendar day in `zone` that a window ending at `instant` touches."""
    return local_day(instant - timedelta(microseconds=1), zone)


def instant_of(text: str) -> datetime:
    """Read an ISO 8601 instant with a zone as naive UTC; empty text means `NEVER`."""
    if not text:
        return NEVER
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def day_of(text: str) -> date:
    """Read an ISO 8601 day; empty text means the open end."""
    return date.fromisoformat(text) if text else NO_DAY
