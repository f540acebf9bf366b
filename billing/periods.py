"""Months, zones and quarter hours: every rule about time has its home here.

Windows are half-open and in UTC. A billing month is a calendar month in the organization's
own IANA zone. Keep out: reading the clock (`billing.clock`) and anything about prices.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from billing.errors import MeterbookError

QUARTER_HOUR = timedelta(minutes=15)
INSTANT_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
"""A UTC instant as text, in files and in what is published: to the second."""


@dataclass(frozen=True, order=True)
class BillingMonth:
    """One calendar month, without a zone until `bounds` is asked for one."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @classmethod
    def parse(cls, text: str) -> "BillingMonth":
        """Read `YYYY-MM`. Raises MeterbookError for anything else."""
        match = re.fullmatch(r"([2-9]\d{3})-(0[1-9]|1[0-2])", text)
        if match is None:
            raise MeterbookError(f"{text!r} is not a month. Write it like 2026-10.")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> "BillingMonth":
        """The month a calendar day lies in."""
        return cls(day.year, day.month)

    @property
    def first_day(self) -> date:
        """The first calendar day."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The last calendar day, inclusive."""
        return self.next.first_day - timedelta(days=1)

    @property
    def next(self) -> "BillingMonth":
        """The month after this one."""
        return self.shift(1)

    def shift(self, months: int) -> "BillingMonth":
        """The month `months` later, or earlier when negative."""
        years, month = divmod(self.month - 1 + months, 12)
        return BillingMonth(self.year + years, month + 1)

    def bounds(self, zone: str) -> tuple[datetime, datetime]:
        """First instant of the month and of the next one in `zone`, as UTC instants."""
        return start_of_day(self.first_day, zone), start_of_day(self.next.first_day, zone)


def start_of_day(day: date, zone: str) -> datetime:
    """The UTC instant at which `day` begins in the IANA `zone`."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def month_of(instant: datetime, zone: str) -> BillingMonth:
    """The billing month an aware instant falls into for an organization in `zone`."""
    return BillingMonth.of(instant.astimezone(ZoneInfo(zone)).date())


def is_quarter_hour(instant: datetime) -> bool:
    """Whether an instant lies on the grain of the rollup (a price may only change there)."""
    return not (instant.minute % 15 or instant.second or instant.microsecond)
