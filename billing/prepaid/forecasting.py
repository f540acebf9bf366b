"""How fast a balance will be used, and when it will be out.

Here: the forecast from hours of consumption, as a pure function; decision 55 says why it is this
one and `benchmarks/forecast.py` how far it is off. A forecast is no money, so these are floats.
Keep out: balances and amounts that anybody is charged, and reading the warehouse (`forecasts`).
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from itertools import accumulate

DAY = 24
HOUR = timedelta(hours=1)
WEEK = 7 * DAY
HISTORY_DAYS = 28
"""What happened before is not looked at."""
FARTHEST_DAYS = 365
"""A balance that lasts longer has no date."""

REVERSION = 0.7
"""The share of a difference between the last day and the usual that is left after a day."""
EVEN_DAYS = 3
"""An hour of the day is judged as if this many even days had been seen besides."""
EVEN_WEEKS = 12
"""The same for a day of the week, in weeks."""
UNSEEN_DAYS = 2
"""Days are as uneven as seen, and as if this many had each been off by the whole mean."""
CAUTION = 1.8
CAUTION_GROWTH = 0.25
CAUTION_DAYS = 14
"""Further ahead nothing was tried, and caution grows no more."""
MOST_UNEVEN = 9.0
"""More unevenness (variance over squared mean) says nothing more."""
_STEADY_HOURS = HISTORY_DAYS * DAY


@dataclass(frozen=True)
class LotLeft:
    """What is left of a lot, and for how many hours it can be used; None has no end."""

    amount: float
    hours: float | None = None


def lots_of(
    balance: Decimal, lots: Iterable[tuple[Decimal, timedelta | None]]
) -> tuple[LotLeft, ...]:
    """What a balance is made of: lots in the order they are drawn on, and when they end.

    Lots are rounded and the newest acts are not in them, so the last ones that are drawn on give
    what is missing, and more has no end.
    """
    found, left = [], float(balance)
    for whole, ends_in in lots:
        amount = min(float(whole), max(left, 0.0))
        found.append(LotLeft(amount, None if ends_in is None else ends_in / HOUR))
        left -= amount
    return (*found, LotLeft(left)) if left > 0 else tuple(found)


@dataclass(frozen=True)
class Burn:
    """What will be used from an instant on, by the hours before it.

    `hours` are amounts per hour, oldest first; the last one ends at the instant. There is at
    least one whole day of them, and more than nothing in it; at most `HISTORY_DAYS` are looked at.
    Raises ValueError otherwise.
    """

    hours: Sequence[float]

    def __post_init__(self) -> None:
        if len(self.hours) < DAY or sum(self._known) <= 0:
            raise ValueError("A forecast needs a day of hours with something used in them.")

    @cached_property
    def _known(self) -> list[float]:
        days = min(len(self.hours) // DAY, HISTORY_DAYS)
        return [max(amount, 0.0) for amount in self.hours[-days * DAY :]]

    @cached_property
    def _days(self) -> list[float]:
        return [sum(self._known[at : at + DAY]) for at in range(0, len(self._known), DAY)]

    @cached_property
    def _mean(self) -> float:
        return sum(self._days) / len(self._days)

    @cached_property
    def _hour_shares(self) -> list[float]:
        """What each hour of a day has of the day, 1 / 24 where all are even."""
        whole, days = sum(self._days), len(self._days)
        seen = [sum(self._known[hour::DAY]) / whole * DAY for hour in range(DAY)]
        return [(days * share + EVEN_DAYS) / (days + EVEN_DAYS) / DAY for share in seen]

    @cached_property
    def _weekdays(self) -> list[float]:
        """How each day of the week compares with the mean; the first is the day that comes."""
        factors = []
        for ahead in range(7):
            same = self._days[(len(self._days) + ahead) % 7 :: 7]
            seen = sum(same) / self._mean
            factors.append((seen + EVEN_WEEKS) / (len(same) + EVEN_WEEKS))
        return factors

    @cached_property
    def unevenness(self) -> float:
        """The variance of days over their squared mean, with `UNSEEN_DAYS` that are quite off."""
        seen = sum((day / self._mean - 1) ** 2 for day in self._days)
        return min((seen + UNSEEN_DAYS) / (len(self._days) + UNSEEN_DAYS), MOST_UNEVEN)

    @cached_property
    def _upto(self) -> list[float]:
        """What will be used up to each hour, until the last day is forgotten and weeks repeat."""
        last = self._days[-1] / self._weekdays[6] - self._mean
        rates = (
            self._hour_shares[hour % DAY]
            * self._weekdays[hour // DAY % 7]
            * (self._mean + last * REVERSION ** (hour / DAY))
            for hour in range(_STEADY_HOURS)
        )
        return [0.0, *accumulate(rates)]

    def expected(self, hour: int) -> float:
        """What will be used in the next `hour` hours."""
        weeks = max(0, math.ceil((hour - _STEADY_HOURS) / WEEK))
        week = self._upto[_STEADY_HOURS] - self._upto[_STEADY_HOURS - WEEK]
        return self._upto[hour - weeks * WEEK] + weeks * week

    def pessimistic(self, hour: int) -> float:
        """What will be used at most in nine of ten cases; the more uneven the days, the more."""
        days = min(hour / DAY, CAUTION_DAYS)
        return self.expected(hour) * math.exp(CAUTION * self.unevenness * days**CAUTION_GROWTH)

    def lasts(self, balance: Decimal | float, *, pessimistic: bool) -> float | None:
        """Hours until `balance` is used, or None when it lasts longer than `FARTHEST_DAYS`."""
        used, left = self._used(pessimistic=pessimistic), float(balance)
        low, high = 0, FARTHEST_DAYS * DAY
        if used(high) < left:
            return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if used(middle) >= left else (middle, high)
        before, after = used(low), used(high)
        return low + (left - before) / (after - before) if after > before else float(high)

    def outlasts(self, lots: Sequence[LotLeft], *, pessimistic: bool) -> float | None:
        """Hours until lots, in the order they are drawn on, are used or have ended; else None."""
        used = self._used(pessimistic=pessimistic)
        lots = [lot for lot in lots if not _has_ended(lot, 0)]
        left, drawn = [lot.amount for lot in lots], 0.0
        for end in sorted({lot.hours for lot in lots if lot.hours is not None}):
            out = self.lasts(drawn + sum(left), pessimistic=pessimistic)
            if out is not None and out <= end:
                return out
            upto = _between(used, end)
            left = _less(left, upto - drawn)
            drawn = upto
            pairs = zip(lots, left, strict=True)
            left = [0.0 if _has_ended(lot, end) else amount for lot, amount in pairs]
        return self.lasts(drawn + sum(left), pessimistic=pessimistic)

    def _used(self, *, pessimistic: bool) -> Callable[[int], float]:
        return self.pessimistic if pessimistic else self.expected


def _has_ended(lot: LotLeft, hour: float) -> bool:
    return lot.hours is not None and lot.hours <= hour


def _between(used: Callable[[int], float], hour: float) -> float:
    """What is used up to an instant between two whole hours."""
    low = math.floor(hour)
    return used(low) + (used(low + 1) - used(low)) * (hour - low)


def _less(amounts: Sequence[float], taken: float) -> list[float]:
    """Take from the first amounts, in order."""
    left = []
    for amount in amounts:
        own = min(amount, taken)
        left.append(amount - own)
        taken -= own
    return left
