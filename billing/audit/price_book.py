"""List prices, found the way a careful reader of the files would.

Here: when a price row is in force, which row a usage of some size, region and hour meets, and
what a region adds to it. Add here when prices gain a dimension. Keep out: contracts and amounts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from billing.audit.catalog_rows import Price
from billing.audit.local_time import NEVER
from billing.audit.price_clock import NONE_OPEN, PriceClock
from billing.audit.price_rows import Model, PriceWindow, RegionUplift


class Wanted(NamedTuple):
    """What a price is looked up for; `open_windows` are those open when it was used."""

    model_id: str
    meter: str
    service_tier: str
    region: str
    context_band: int
    open_windows: frozenset[str] = NONE_OPEN


class Banded(Protocol):
    """A price row with a context threshold."""

    @property
    def context_above_tokens(self) -> int:
        """The price is for requests whose input is larger than this."""


B = TypeVar("B", bound=Banded)


def of_largest_band(rows: Iterable[B], context_band: int) -> list[B]:
    """Keep the rows with the largest threshold that `context_band` reaches."""
    reached = [row for row in rows if row.context_above_tokens <= context_band]
    largest = max((row.context_above_tokens for row in reached), default=0)
    return [row for row in reached if row.context_above_tokens == largest]


class PriceBook:
    """All list prices, indexed by model, meter and tier, with their windows and uplifts."""

    def __init__(
        self,
        prices: Iterable[Price],
        windows: Iterable[PriceWindow] = (),
        uplifts: Iterable[RegionUplift] = (),
        models: Mapping[str, Model] | None = None,
    ) -> None:
        self._index: dict[tuple[str, str, str], list[Price]] = {}
        self._uplifts: dict[str, list[RegionUplift]] = {}
        self._models = models or {}
        self.clock = PriceClock(windows)
        self.instants: set[datetime] = set()
        self._changes: dict[str, set[datetime]] = {}
        for price in _in_force(prices):
            key = (price.model_id, price.meter, price.service_tier)
            self._index.setdefault(key, []).append(price)
            ends = {price.valid_from_at, price.valid_to_at}
            self._changes.setdefault(price.model_id, set()).update(ends)
            self.instants |= ends
        self._raised: set[datetime] = set()
        for uplift in uplifts:
            self._uplifts.setdefault(uplift.region, []).append(uplift)
            self._raised |= {uplift.valid_from_at, uplift.valid_to_at}
        self.instants |= self._raised
        self._found: dict[tuple[Wanted, datetime], list[Price]] = {}
        self._since: dict[tuple[str, datetime], datetime | None] = {}

    def find(self, wanted: Wanted, at: datetime) -> list[Price]:
        """Return the rows that price `wanted` at an instant: one when the book is in order.

        A row of the very region goes before a row of any region, then the largest threshold
        reached before a smaller one, then a row whose window is open before one without.
        """
        known = self._found.get((wanted, at))
        if known is None:
            known = self._found[wanted, at] = self._search(wanted, at)
        return known

    def priced_since(self, model_id: str, at: datetime) -> datetime | None:
        """Return the last instant up to `at` at which a price of a model may have changed."""
        if (model_id, at) not in self._since:
            changes = self._changes.get(model_id, set()) | self._raised
            self._since[model_id, at] = max((row for row in changes if row <= at), default=None)
        return self._since[model_id, at]

    def _search(self, wanted: Wanted, at: datetime) -> list[Price]:
        key = (wanted.model_id, wanted.meter, wanted.service_tier)
        hours = wanted.open_windows | {""}
        valid = [
            row
            for row in self._index.get(key, ())
            if row.valid_from_at <= at < row.valid_to_at
            and row.price_window_id in hours
            and row.context_above_tokens <= wanted.context_band
        ]
        own = [row for row in valid if row.region and row.region == wanted.region]
        rows = own or [row for row in valid if not row.region]
        banded = of_largest_band(rows, wanted.context_band)
        return [row for row in banded if row.price_window_id] or banded

    def uplift(self, wanted: Wanted, at: datetime) -> RegionUplift | None:
        """Return what the region of `wanted` adds: to its model, else to all of its provider."""
        model = self._models.get(wanted.model_id)
        if model is None:
            return None
        valid = [
            row
            for row in self._uplifts.get(wanted.region, ())
            if row.provider == model.provider and row.valid_from_at <= at < row.valid_to_at
        ]
        own = [row for row in valid if row.model_id == wanted.model_id]
        return next(iter(own or [row for row in valid if not row.model_id]), None)


def _in_force(prices: Iterable[Price]) -> list[Price]:
    """End each open row where the next row of the same key begins: rows are only appended."""
    by_key: dict[tuple[object, ...], list[Price]] = {}
    for price in prices:
        key = (
            price.model_id,
            price.meter,
            price.service_tier,
            price.context_above_tokens,
            price.region,
            price.currency,
            price.price_window_id,
        )
        by_key.setdefault(key, []).append(price)
    return [row for rows in by_key.values() for row in _ended(rows)]


def _ended(rows: Sequence[Price]) -> list[Price]:
    starts = sorted({row.valid_from_at for row in rows})
    following = dict(zip(starts, [*starts[1:], NEVER], strict=True))
    return [
        replace(row, valid_to_at=following[row.valid_from_at]) if row.valid_to_at == NEVER else row
        for row in rows
    ]
