"""When requests arrive: ServeGen's clients give each key its share and its shape over time.

Add here what decides the number and the time of requests. Keep out what a request is.
"""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path

from catalog import Key, epoch_ms
from draw import Draw
from traces import read

STEP_MS = 600_000
SPAN_FROM = epoch_ms(dt.datetime(2026, 9, 30, 10, tzinfo=dt.UTC))
SPAN_TO = epoch_ms(dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC))
# A Monday: the first of ServeGen's 14 days falls on it, in each organization's own zone.
TRACE_FROM = epoch_ms(dt.datetime(2026, 9, 28, tzinfo=dt.UTC))

Counts = Sequence[int]


def read_clients(folder: Path) -> list[Counts]:
    """Requests per 10-minute step of ServeGen's largest m-large clients, largest first."""
    clients = []
    for row in read(folder, "servegen_m_large_rates"):
        row.pop("client")
        clients.append([int(count) for count in row.values()])
    return clients


def rank_keys(keys: Mapping[str, Key], order: Sequence[str]) -> list[Key]:
    """The keys as they are given to clients: every organization's first key comes first."""
    used = [key for key in keys.values() if key.organization_id in order]
    return sorted(used, key=lambda key: (key.number, order.index(key.organization_id)))


def zone_shift_ms(key: Key) -> int:
    """The zone's distance from UTC when the span starts."""
    start = dt.datetime.fromtimestamp(SPAN_FROM // 1000, tz=key.zone)
    return (start.utcoffset() or dt.timedelta()) // dt.timedelta(milliseconds=1)


def weights_of(key: Key, counts: Counts, first: int, last: int) -> list[int]:
    """The client's requests in each step of [first, last), tiled, none where the key is unusable."""
    shift = zone_shift_ms(key)
    first_use = max(key.valid_from, key.paid_from)
    last_use = min(key.valid_to, key.paid_to)
    found = []
    for at in range(first, last, STEP_MS):
        inside = first_use <= at and at + STEP_MS <= last_use
        step = (at + shift - TRACE_FROM) // STEP_MS % len(counts)
        found.append(counts[step] if inside else 0)
    return found


def arrivals(key: Key, counts: Counts, number: int, first: int, last: int) -> Iterator[int]:
    """Yields `number` instants in [first, last), spread as the client's requests are."""
    draw = Draw(f"arrivals of {key.api_key_id} from {first}")
    reached = list(accumulate(weights_of(key, counts, first, last)))
    if not reached or reached[-1] == 0:
        return
    for place in range(number):
        target = (place * reached[-1] + draw.below(reached[-1])) // number + 1
        yield first + bisect_left(reached, target) * STEP_MS + draw.below(STEP_MS)
