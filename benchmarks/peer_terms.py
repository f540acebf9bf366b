"""The catalog as what every peer of `peers.py` joins: five small tables of Parquet.

Here: zones, exchange rates and the choice of a price are settled beforehand, by hand and for all
peers alike, since writing them down in each query language would say nothing about its engine.
What the generated catalog does not have is refused rather than left out. Keep out: usage.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from many_customers import Row, read_table

Stretch = tuple[str, datetime, datetime, datetime, int]

FIRST, LAST, AFTER = date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
TWELVE = Decimal("0.000000000001")
ONE = Decimal(1)
COLUMN_OF = {"image": "images", "web_search": "web_searches"}
"""Meters that logs have a column of another name for."""
_INSTANT = pl.Datetime("us", "UTC")
TABLES: dict[str, dict[str, Any]] = {
    "keys": dict.fromkeys(("api_key_id", "organization_id", "project_id", "payer"), pl.String),
    "names": {"name": pl.String, "model_id": pl.String},
    "stretches": {
        "organization_id": pl.String,
        "starts_at": _INSTANT,
        "ends_at": _INSTANT,
        "terms_from_at": _INSTANT,
        "price_list": pl.Int32,
    },
    "prices": {
        "price_list": pl.Int32,
        **dict.fromkeys(("model_id", "meter", "service_tier"), pl.String),
        "context_band": pl.Int32,
        "price_id": pl.String,
        "unit_price": pl.Decimal(18, 12),
    },
    "discounts": {
        "organization_id": pl.String,
        "terms_from_at": _INSTANT,
        "model_id": pl.String,
        "first_pct": pl.Decimal(9, 6),
        "second_pct": pl.Decimal(9, 6),
    },
}
ABSENT = (
    "allowances",
    "tier_schedules",
    "price_adjustments",
    "region_uplifts",
    "price_windows",
    "model_patterns",
)


class Terms:
    """One catalog of `generate.py`, read."""

    def __init__(self, catalog: Path) -> None:
        """Read the files. Raises SystemExit for a term that the peers would leave out."""
        for name in ABSENT:
            if (catalog / f"{name}.csv").exists():
                raise SystemExit(f"The peers know nothing of {name}.csv.")
        self._rows = {path.stem: read_table(path) for path in sorted(catalog.glob("*.csv"))}
        self._profiles = {row["organization_id"]: row for row in self._rows["billing_profiles"]}
        self._contract = {
            row["organization_id"]: row["contract_id"] for row in self._rows["contracts"]
        }
        bands = [int(row["threshold_tokens"]) for row in self._rows["context_ladder"]]
        self.bands = [0, *sorted(bands)]
        self._of_contract = {
            name: self._by_contract(name) for name in ("contract_prices", "discounts")
        }
        self._epochs = sorted(
            {_instant(row["valid_from_at"]) for row in self._rows["prices"]}
            | {_instant(row["valid_to_at"]) for row in self._rows["prices"] if row["valid_to_at"]}
        )
        self._lists: dict[tuple[object, ...], int] = {}
        self._priced: dict[tuple[object, ...], list[tuple[object, ...]]] = {}

    def write(self, folder: Path) -> None:
        """Write each table as a file of Parquet."""
        folder.mkdir()
        stretches = list(self._stretches())
        rows: dict[str, Sequence[tuple[object, ...]]] = {
            "keys": list(self._keys()),
            "names": self._names(),
            "stretches": stretches,
            "prices": list(self._prices()),
            "discounts": list(self._discounts(stretches)),
        }
        for name, columns in TABLES.items():
            frame = pl.DataFrame(rows[name], schema=columns, orient="row")
            frame.write_parquet(folder / f"{name}.parquet")

    def _by_contract(self, name: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self._rows[name]:
            found.setdefault(row["contract_id"], []).append(row)
        return found

    def _keys(self) -> Iterator[tuple[object, ...]]:
        for row in self._rows["api_keys"]:
            payer = "subscription" if row["subscription_id"] else row["payer"]
            yield row["api_key_id"], row["organization_id"], row["project_id"], payer

    def _names(self) -> list[tuple[object, ...]]:
        own = [(row["model_id"], row["model_id"]) for row in self._rows["models"]]
        return [*own, *((row["alias"], row["model_id"]) for row in self._rows["model_aliases"])]

    def _stretches(self) -> Iterator[Stretch]:
        """Each organization's month, cut where a list price or a term of its own changes."""
        for organization, profile in self._profiles.items():
            zone = ZoneInfo(profile["zone"])
            begins, ends = _start(FIRST, zone), _start(AFTER, zone)
            own = {begins}
            for rows in self._of_contract.values():
                for row in rows.get(self._contract[organization], []):
                    own |= {_start(day, zone) for day in _days(row)}
            own = {at for at in own if begins <= at < ends}
            cuts = sorted(own | {at for at in self._epochs if begins < at < ends})
            for starts_at, ends_at in pairwise([*cuts, ends]):
                terms_from = max(at for at in own if at <= starts_at)
                number = self._price_list(organization, starts_at)
                yield organization, starts_at, ends_at, terms_from, number

    def _price_list(self, organization: str, at: datetime) -> int:
        """The number of what an organization pays from an instant on; many pay the same."""
        profile = self._profiles[organization]
        zone = ZoneInfo(profile["zone"])
        own = tuple(
            (row["model_id"], row["meter"], row["service_tier"], row["currency"], row["unit_price"])
            for row in self._of_contract["contract_prices"].get(self._contract[organization], [])
            if _holds(row, at, zone)
        )
        epoch = max(each for each in self._epochs if each <= at)
        key = (profile["currency"], epoch, own)
        if key not in self._lists:
            self._lists[key] = len(self._lists) + 1
            self._priced[key] = list(self._list_rows(profile["currency"], epoch, own))
        return self._lists[key]

    def _prices(self) -> Iterator[tuple[object, ...]]:
        for key, number in self._lists.items():
            for row in self._priced[key]:
                yield number, *row

    def _list_rows(
        self, currency: str, epoch: datetime, own: Sequence[tuple[str, ...]]
    ) -> Iterator[tuple[object, ...]]:
        """For each band of the ladder the list's highest row below it, or the contract's."""
        agreed = {tuple(row[:3]): (row[3], row[4]) for row in own}
        steps: dict[tuple[str, str, str], list[tuple[int, Row]]] = {}
        for row in self._rows["prices"]:
            ends = _instant(row["valid_to_at"]) if row["valid_to_at"] else NEVER
            if row["region"]:
                raise SystemExit("The peers know nothing of prices by region.")
            if _instant(row["valid_from_at"]) <= epoch < ends:
                scope = (row["model_id"], row["meter"], row["service_tier"])
                steps.setdefault(scope, []).append((int(row["context_above_tokens"]), row))
        for scope, rows in steps.items():
            newest = _newest(rows)
            for band in self.bands:
                above = max((step for step in newest if step <= band), default=None)
                if above is None:
                    continue
                row = newest[above]
                price_currency, price = agreed.get(scope, (row["currency"], row["unit_price"]))
                unit = Decimal(price) * self._rate(price_currency, currency)
                unit = unit.quantize(TWELVE, ROUND_HALF_UP)
                model, meter, tier = scope
                meter = COLUMN_OF.get(meter, meter)
                yield model, meter, tier, band, row["price_id"], unit

    def _rate(self, price_currency: str, currency: str) -> Decimal:
        if price_currency == currency:
            return ONE
        published = {
            row["rate_date"]: row["rate"]
            for row in self._rows["exchange_rates"]
            if (row["base_currency"], row["quote_currency"]) == (price_currency, currency)
            and row["rate_date"] <= LAST.isoformat()
        }
        return Decimal(published[max(published)])

    def _discounts(self, stretches: Sequence[Stretch]) -> Iterator[tuple[object, ...]]:
        """The percentages of a model, first and second by priority, 0 where there is none."""
        models = [row["model_id"] for row in self._rows["models"]]
        for organization, terms_from in sorted({(row[0], row[3]) for row in stretches}):
            zone = ZoneInfo(self._profiles[organization]["zone"])
            rows = [
                row
                for row in self._of_contract["discounts"].get(self._contract[organization], [])
                if _holds(row, terms_from, zone)
            ]
            rows.sort(key=lambda row: (int(row["priority"]), row["discount_id"]))
            for model in models:
                found = [Decimal(r["discount_pct"]) for r in rows if r["model_id"] in ("", model)]
                if len(found) > 2:  # noqa: PLR2004  # first and second
                    raise SystemExit("The peers know two discounts of a charge, not three.")
                if found:
                    yield organization, terms_from, model, *[*found, Decimal(0)][:2]


def _newest(rows: Sequence[tuple[int, Row]]) -> dict[int, Row]:
    """Of each step the row that began last: an open one ends where the next begins."""
    return dict(sorted(rows, key=lambda each: each[1]["valid_from_at"]))


def _days(row: Row) -> list[date]:
    texts = (row["valid_from_date"], row["valid_to_date"])
    return [date.fromisoformat(text) for text in texts if text]


def _holds(row: Row, at: datetime, zone: ZoneInfo) -> bool:
    ends = row["valid_to_date"]
    return _start(date.fromisoformat(row["valid_from_date"]), zone) <= at and (
        not ends or at < _start(date.fromisoformat(ends), zone)
    )


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
