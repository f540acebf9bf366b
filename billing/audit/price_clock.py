"""Which price windows are open at an instant, as a clock on the wall of their zone says.

Here: looking at one instant at a time. Keep out: which price a window belongs to
(`price_book`).
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from billing.audit.price_rows import PriceWindow

QUARTER_HOUR = timedelta(minutes=15)
NONE_OPEN: frozenset[str] = frozenset()


class PriceClock:
    """Answers for all windows of the price book at once."""

    def __init__(self, windows: Iterable[PriceWindow] = ()) -> None:
        self._windows = tuple(windows)
        self._known: dict[datetime, frozenset[str]] = {}

    @property
    def has_windows(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self._windows)

    def open_at(self, instant: datetime) -> frozenset[str]:
        """Return the ids of the windows open at a naive UTC instant."""
        if not self._windows:
            return NONE_OPEN
        known = self._known.get(instant)
        if known is None:
            known = frozenset(
                window.price_window_id for window in self._windows if _is_open(window, instant)
            )
            self._known[instant] = known
        return known

    def quarter_hours(
        self, starts_at: datetime, ends_at: datetime
    ) -> Iterator[tuple[datetime, frozenset[str]]]:
        """Yield each quarter hour of a stretch of time with the windows open in it."""
        instant = starts_at
        while instant < ends_at:
            yield instant, self.open_at(instant)
            instant += QUARTER_HOUR

    def pieces(
        self, starts_at: datetime, ends_at: datetime
    ) -> Iterator[tuple[datetime, datetime, frozenset[str]]]:
        """Cut a stretch of time wherever a window opens or closes."""
        if not self._windows:
            yield starts_at, ends_at, NONE_OPEN
            return
        begun, state = starts_at, self.open_at(starts_at)
        for instant, found in self.quarter_hours(starts_at, ends_at):
            if found != state:
                yield begun, instant, state
                begun, state = instant, found
        yield begun, ends_at, state


def _is_open(window: PriceWindow, instant: datetime) -> bool:
    """A window past midnight belongs to the weekday on which it starts."""
    local = instant.replace(tzinfo=UTC).astimezone(ZoneInfo(window.zone))
    clock, today = local.time(), local.weekday() in window.weekdays
    if window.starts < window.ends:
        return today and window.starts <= clock < window.ends
    yesterday = (local.weekday() - 1) % 7 in window.weekdays
    return (today and clock >= window.starts) or (yesterday and clock < window.ends)
