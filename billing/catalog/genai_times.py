"""When a price of the genai-prices book holds: from which day, in which hours of every day.

Here: reading the book's conditions, and making windows of price_windows.csv of its hours. The
book compares days and times in UTC and knows no weekdays, so neither do our windows. Add here
what the book learns to say about time. Keep out: which price holds then (`genai_map`) and files
(`genai_import`).

A window is named by its hours, `utc-0030-1630`, so every edition and model names it alike.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

Offer = dict[tuple[str, str, int], Decimal]
"""(meter, tier, context threshold) to US dollars per single unit."""
Timeline = dict[date | None, Offer]
"""An offer for each start; the one without holds until the first dated one."""

DAY, QUARTER = 24 * 60, 15
_NAME = re.compile(r"utc-(\d\d)(\d\d)-(\d\d)(\d\d)")


class TimesError(Exception):
    """A condition that our files cannot say; the text says why."""


class Hours(NamedTuple):
    """A part of every day, in minutes of the UTC day; over midnight where it does not end later."""

    starts: int
    ends: int

    def covers(self, minute: int) -> bool:
        """Whether a minute of the day lies in it."""
        if self.starts < self.ends:
            return self.starts <= minute < self.ends
        return minute >= self.starts or minute < self.ends

    def meets(self, other: "Hours") -> bool:
        """Whether both have a quarter hour in common."""
        return any(self.covers(at) and other.covers(at) for at in range(0, DAY, QUARTER))

    @property
    def window_id(self) -> str:
        """The name of its window."""
        return "-".join(("utc", *(_clock(at).replace(":", "") for at in self)))

    @property
    def window_row(self) -> Mapping[str, str]:
        """Its row of price_windows.csv."""
        return {
            "price_window_id": self.window_id,
            "starts_time": _clock(self.starts),
            "ends_time": _clock(self.ends),
            "weekdays": "",
            "zone": "UTC",
        }


class When(NamedTuple):
    """From which day, and in which hours, a price holds; None is always."""

    start: date | None = None
    hours: Hours | None = None

    def is_active(self, day: date | None, minute: int | None) -> bool:
        """Whether it holds at a minute of a day; None is before all days, and outside all hours."""
        has_begun = self.start is None or (day is not None and self.start <= day)
        return has_begun and (
            self.hours is None or (minute is not None and self.hours.covers(minute))
        )


def when_of(constraint: Any) -> When | None:  # noqa: ANN401  # whatever JSON holds
    """Read a condition of the book; None where it is never met.

    Raises TimesError for what is not understood, or begins or ends within a quarter hour.
    """
    if constraint is None:
        return When()
    try:
        if constraint.keys() == {"start_date"}:
            return When(date.fromisoformat(constraint["start_date"]))
        if constraint.keys() == {"start_time", "end_time"}:
            texts = (constraint["start_time"], constraint["end_time"])
            starts, ends = (_minute(time.fromisoformat(text), texts) for text in texts)
            return When(hours=Hours(starts, ends)) if starts != ends else None
    except (AttributeError, TypeError, ValueError) as error:
        raise TimesError(f"has a condition that is not understood ({constraint})") from error
    raise TimesError(f"has a condition that is not understood ({constraint})")


def hours_named(window_id: str) -> Hours | None:
    """Return the hours of a window that an import made; None for another window."""
    named = _NAME.fullmatch(window_id)
    if named is None:
        return None
    first, second, third, fourth = map(int, named.groups())
    return Hours(first * 60 + second, third * 60 + fourth)


def parts_of_day(hours: Iterable[Hours]) -> Iterator[Hours]:
    """Cut the day at every begin and end; the last part lies over midnight."""
    cuts = sorted({at for each in hours for at in each})
    if cuts:
        yield from (Hours(*part) for part in pairwise([*cuts, cuts[0]]))


def tell_apart(plain: Timeline, parts: Mapping[Hours, Timeline]) -> dict[Hours, Timeline]:
    """Return what some hours cost otherwise than `plain`, by their windows, neighbours joined.

    A catalog looks for the context band first and for the hours then, so a window has every band
    that the plain price has.
    """
    windows: dict[Hours, Timeline] = {}
    for hours, timeline in parts.items():
        own = {start: _with_bands(offer, plain[start]) for start, offer in timeline.items()}
        kinds = {
            key[:2]
            for start, offer in own.items()
            for key, price in offer.items()
            if price != price_above(plain[start], *key)
        }
        if kinds:
            windows[hours] = {
                start: {key: price for key, price in offer.items() if key[:2] in kinds}
                for start, offer in own.items()
            }
    return dict(_joined(windows))


def drop_priced_at_some_hours(
    plain: Timeline, parts: Mapping[Hours, Timeline]
) -> set[tuple[str, str]]:
    """Take out, and return, meters and tiers that have a plain price and at some hours none.

    A window cannot say that there is no price: the plain one would stand in.
    """
    kinds = {
        (meter, tier)
        for timeline in parts.values()
        for start, offer in timeline.items()
        for meter, tier, _ in plain[start]
        if (meter, tier, 0) not in offer
    }
    for timeline in (plain, *parts.values()):
        for offer in timeline.values():
            for key in [key for key in offer if key[:2] in kinds]:
                del offer[key]
    return kinds


def price_above(offer: Offer, meter: str, tier: str, above: int) -> Decimal | None:
    """Return what requests above a threshold pay: the price of the highest band they reach."""
    bands = [key[2] for key in offer if key[:2] == (meter, tier) and key[2] <= above]
    return offer[meter, tier, max(bands)] if bands else None


def _with_bands(offer: Offer, plain: Offer) -> Offer:
    lacking = {key: price_above(offer, *key) for key in plain if key not in offer}
    return offer | {key: price for key, price in lacking.items() if price is not None}


def _joined(windows: Mapping[Hours, Timeline]) -> Iterator[tuple[Hours, Timeline]]:
    """Yield windows, those that meet and cost the same as one."""
    found: list[tuple[Hours, Timeline]] = []
    for hours, timeline in windows.items():
        if found and found[-1][0].ends == hours.starts and found[-1][1] == timeline:
            hours = Hours(found.pop()[0].starts, hours.ends)  # noqa: PLW2901 - it grew
        found.append((hours, timeline))
    if len(found) > 1 and found[-1][0].ends == found[0][0].starts and found[-1][1] == found[0][1]:
        last, timeline = found.pop()
        found[0] = (Hours(last.starts, found[0][0].ends), timeline)
    yield from found


def _minute(at: time, texts: tuple[str, str]) -> int:
    if at.tzinfo is not None:
        at = datetime.combine(date(1970, 1, 1), at).astimezone(UTC).time()
    if at.minute % QUARTER or at.second or at.microsecond:
        words = " to ".join(texts)
        raise TimesError(f"has prices that begin or end within a quarter hour ({words})")
    return at.hour * 60 + at.minute


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
