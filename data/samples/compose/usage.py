"""One request as the gateway saw it, and the meters it is counted in.

Add here what every module must know of a request. Keep out how requests are made (`making`),
spoiled (`faults`) and written down (`formats`).
"""

from dataclasses import dataclass

from catalog import Key

METERS = (
    "input_uncached",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "cache_write_unknown_ttl",
    "output_visible",
    "output_reasoning",
)
INPUTS = 5
ID_BITS = 48
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the gateway saw it; instants in epoch ms, tokens in METERS order."""

    request_id: str
    key: Key
    started: int
    completed: int
    requested: str
    model_id: str
    answered: str
    provider: str
    region: str
    tier_asked: str
    tier: str
    is_byok: bool
    outcome: str
    status: int
    throttle: str
    quality: str
    meters: tuple[int, ...]
    images: int = 0
    searches: int = 0


class Ids:
    """Request ids that look random and never repeat."""

    def __init__(self) -> None:
        self._count = 0

    def next(self) -> str:
        """The next id: an odd multiple of the count, so distinct in 48 bits."""
        self._count += 1
        return f"{self._count * 0x9E3779B97F4B % (1 << ID_BITS):012x}"
