"""The moments that break billing: month ends, key validity, hours-long calls, late arrivals.

Add a moment here when a rule turns on an instant. Keep out ordinary traffic.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from catalog import FOREVER, Key, epoch_ms, local_midnight
from draw import Draw
from making import Maker
from skew import SPAN_FROM, SPAN_TO, Counts, arrivals
from usage import HOUR_MS, Request

AROUND_MS = (-240_000, -60_000, -1, 0, 1, 60_000, 240_000)
MONTH_ENDS = ("2026-10-01", "2026-11-01")
OUTSIDE_VALIDITY = 12
LATE_FROM = epoch_ms(dt.datetime(2026, 10, 28, tzinfo=dt.UTC))
NOVEMBER_TO = epoch_ms(dt.datetime(2026, 11, 5, tzinfo=dt.UTC))
LATE_ROWS = {
    "org_aurora": 60,
    "org_fjord": 40,
    "org_harbor": 30,
    "org_cobalt": 25,
    "org_bharat": 20,
    "org_kestrel": 15,
}


def completed_at(request: Request, instant: int, started: int | None = None) -> Request:
    """The same request, completed at an instant."""
    latency = request.completed - request.started
    start = instant - latency if started is None else started
    return replace(request, started=start, completed=instant)


def month_ends(maker: Maker) -> Iterator[Request]:
    """Yields requests just before, at and just after both local month ends."""
    for day in MONTH_ENDS:
        boundary = local_midnight(day, maker.key.zone)
        for offset in AROUND_MS:
            crossing = boundary - 90_000 if offset >= 0 else None
            yield completed_at(maker.text(boundary), boundary + offset, crossing)


def validity(maker: Maker) -> Iterator[Request]:
    """Yields requests outside the life of a key or its subscription, and at its limits."""
    key = maker.key
    first, last = (key.valid_from, key.paid_from), (key.valid_to, key.paid_to)
    for bound, side in (*((at, -1) for at in first), *((at, 1) for at in last)):
        if not SPAN_FROM < bound < SPAN_TO:
            continue
        for turn in range(1, OUTSIDE_VALIDITY + 1):
            yield completed_at(maker.text(bound), bound + side * turn * HOUR_MS)
        for offset in (-1, 0):
            yield completed_at(maker.text(bound), bound + offset)


def long_running(maker: Maker) -> Iterator[Request]:
    """Yields calls that took 2 to 20 hours, one of them over the end of October."""
    draw = Draw(f"long running of {maker.key.api_key_id}")
    boundary = local_midnight("2026-11-01", maker.key.zone)
    for end in (boundary + 400_000, boundary - 30 * HOUR_MS, SPAN_FROM + 150 * HOUR_MS):
        hours = 2 + draw.below(19)
        yield completed_at(maker.text(end), end, end - hours * HOUR_MS)


def late(maker: Maker, number: int) -> Iterator[Request]:
    """Yields requests of the last days of the local October that arrive in November."""
    draw = Draw(f"late of {maker.key.api_key_id}")
    boundary = local_midnight("2026-11-01", maker.key.zone)
    for _ in range(number):
        at = LATE_FROM + draw.below(boundary - LATE_FROM)
        yield completed_at(maker.text(at), at)


def november(maker: Maker, counts: Counts, number: int) -> Iterator[Request]:
    """Yields the first requests of November."""
    for at in arrivals(maker.key, counts, number, SPAN_TO, NOVEMBER_TO):
        yield maker.text(at)


def is_usable(key: Key) -> bool:
    """Whether the key is valid through the whole span."""
    return key.valid_from <= SPAN_FROM and key.valid_to == FOREVER
