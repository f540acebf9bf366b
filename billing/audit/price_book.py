"""List prices and exchange rates, found the way a careful reader of the files would.

Here: when a price row is in force, which row a usage of some size and region meets, and the
exchange rate of a month. Add here when prices gain a dimension. Keep out: contracts and
amounts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Protocol, TypeVar

from billing.audit.catalog_rows import CatalogFiles, ExchangeRate, Price
from billing.audit.local_time import NEVER, add_months


class Wanted(NamedTuple):
    """What a price is looked up for."""

    model_id: str
    meter: str
    service_tier: str
    region: str
    context_band: int


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
    """All list prices, indexed by model, meter and tier."""

    def __init__(self, prices: Iterable[Price]) -> None:
        self._index: dict[tuple[str, str, str], list[Price]] = {}
        self.instants: set[datetime] = set()
        for price in _in_force(prices):
            key = (price.model_id, price.meter, price.service_tier)
            self._index.setdefault(key, []).append(price)
            self.instants |= {price.valid_from_at, price.valid_to_at}
        self._found: dict[tuple[Wanted, datetime], list[Price]] = {}

    def find(self, wanted: Wanted, at: datetime) -> list[Price]:
        """Return the rows that price `wanted` at an instant: one when the book is in order.

        A row of the very region goes before a row of any region.
        """
        known = self._found.get((wanted, at))
        if known is None:
            known = self._found[wanted, at] = self._search(wanted, at)
        return known

    def _search(self, wanted: Wanted, at: datetime) -> list[Price]:
        key = (wanted.model_id, wanted.meter, wanted.service_tier)
        valid = [
            row for row in self._index.get(key, ()) if row.valid_from_at <= at < row.valid_to_at
        ]
        own = [row for row in valid if row.region and row.region == wanted.region]
        rows = own or [row for row in valid if not row.region]
        return of_largest_band(rows, wanted.context_band)


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


class ExchangeBook:
    """Published exchange rates; the rate of a month is its last one, or the last before it."""

    def __init__(self, files: CatalogFiles) -> None:
        self._rates: dict[tuple[str, str, str], list[ExchangeRate]] = {}
        for rate in files.exchange_rates:
            self._rates.setdefault((rate.source, rate.base, rate.quote), []).append(rate)
        self._found: dict[tuple[str, str, str, date], Decimal | None] = {}

    def find(self, source: str, base: str, quote: str, month: date) -> Decimal | None:
        """Return how much `quote` one `base` is in `month`, None when never published."""
        if base == quote:
            return Decimal(1)
        wanted = (source, base, quote, month)
        if wanted not in self._found:
            next_month = add_months(month, 1)
            rates = self._rates.get(wanted[:3], ())
            known = [rate for rate in rates if rate.rate_date < next_month]
            last = max(known, key=lambda rate: rate.rate_date, default=None)
            self._found[wanted] = last.rate if last else None
        return self._found[wanted]
