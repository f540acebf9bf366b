"""The monthly periods of a subscription.

Here: anniversaries of its first instant, on the organization's own clock. Keep out: what a period
costs and what may be used in it.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from billing.periods import BillingMonth


def period_start(starts_at: datetime, zone: str, number: int) -> datetime:
    """Return the instant at which period `number` begins; 0 is the first.

    The same local time and day of the month as the first start, or the last day of a shorter
    month. A time that a change of clocks leaves out is read as if the clocks had not changed.
    """
    local = starts_at.astimezone(ZoneInfo(zone))
    month = BillingMonth.of(local.date()).shift(number)
    day = min(local.day, month.last_day.day)
    there = local.replace(year=month.year, month=month.month, day=day)
    return there.astimezone(UTC)


def period_at(starts_at: datetime, zone: str, at: datetime) -> tuple[datetime, datetime]:
    """Return the half-open period that `at` lies in; the first one when it is before that."""
    for number in count():
        ends_at = period_start(starts_at, zone, number + 1)
        if at < ends_at:
            return period_start(starts_at, zone, number), ends_at
    raise AssertionError


def local_day(instant: datetime, zone: str) -> date:
    """Return the calendar day of an instant on the organization's clock."""
    return instant.astimezone(ZoneInfo(zone)).date()


def whole_second(instant: datetime) -> datetime:
    """Return the second an instant lies in: files of the catalog tell time in whole seconds."""
    return instant - timedelta(microseconds=instant.microsecond)
