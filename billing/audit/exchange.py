"""Exchange rates and what a contract says about them, found the way a careful reader would.

Here: which published rate a day has, and which day's rate converts a usage. Add here when a
contract can say more about its rates. Keep out: prices (`pricing`) and accounts (`accounting`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from billing.audit.local_time import add_months, local_day

DAILY = "daily"


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """1 `base` = `rate` `quote` as published on `rate_date`."""

    source: str
    base: str
    quote: str
    rate_date: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class ExchangeTerm:
    """One row of exchange_terms.csv; `max_age_days` is None when a rate may be of any age."""

    contract_id: str
    date_rule: str = "invoice_date"
    max_age_days: int | None = None
    price_digits: int = 12


@dataclass(frozen=True, slots=True)
class Found:
    """A rate and the day it was published; no day where nothing is converted."""

    rate: Decimal
    rate_date: date | None = None


class ExchangeBook:
    """Published exchange rates; a day without one has the last one before it."""

    def __init__(self, rates: Iterable[ExchangeRate]) -> None:
        self._rates: dict[tuple[str, str, str], list[ExchangeRate]] = {}
        for rate in rates:
            self._rates.setdefault((rate.source, rate.base, rate.quote), []).append(rate)
        self._found: dict[tuple[str, str, str, date], ExchangeRate | None] = {}

    def find(
        self, pair: tuple[str, str, str], day: date, max_age_days: int | None = None
    ) -> Found | None:
        """Return what one unit of (source, base, quote) is on a day, None without such a rate."""
        if pair[1] == pair[2]:
            return Found(Decimal(1))
        wanted = (*pair, day)
        if wanted not in self._found:
            known = [rate for rate in self._rates.get(pair, ()) if rate.rate_date <= day]
            self._found[wanted] = max(known, key=lambda rate: rate.rate_date, default=None)
        last = self._found[wanted]
        if last is None or (
            max_age_days is not None and (day - last.rate_date).days > max_age_days
        ):
            return None
        return Found(last.rate, last.rate_date)


def last_day_of(month: date) -> date:
    """Return the last day of the month that begins on `month`: what a document stands for."""
    return add_months(month, 1) - timedelta(days=1)


def rate_day(term: ExchangeTerm, used_at: datetime, zone: str, billing_month: date) -> date:
    """Return the day whose rate converts what was used at an instant."""
    return local_day(used_at, zone) if term.date_rule == DAILY else last_day_of(billing_month)
