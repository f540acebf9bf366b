"""What every importer of public prices shares: keys, starts and rows of prices.csv.

Here: the first instant of an import, the rows that an importer wrote earlier, and the
refusals that come before any writing. Keep out: what a price list means (`litellm_map`,
`genai_map`) and which of its prices are new.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import polars as pl

from billing.catalog.appending import append_rows
from billing.catalog.files import FILES, CatalogFile
from billing.catalog.reading import read_text
from billing.catalog.typed import LAST_INSTANT, typed
from billing.errors import CatalogError, MeterbookError, Problem
from billing.periods import INSTANT_FORMAT, is_quarter_hour

CURRENCY = "USD"
PRICES, WINDOWS = FILES["prices"], FILES["price_windows"]


class PriceKey(NamedTuple):
    """What a price is of; `window_id` is empty for all hours."""

    model_id: str
    meter: str
    service_tier: str
    above: int
    window_id: str = ""

    def __str__(self) -> str:
        return " ".join(str(part) for part in self if part != "")


_KEY = ("model_id", "meter", "service_tier", "context_above_tokens", "price_window_id")
"""The columns of a `PriceKey`."""


@dataclass(frozen=True, order=True)
class NewPrice:
    """A price per single unit that is to be appended; `starts` is in UTC."""

    key: PriceKey
    starts: datetime
    unit_price: Decimal


@dataclass(frozen=True)
class Edition:
    """One edition of a price list, and the day it was read."""

    source: str
    name: str
    checked: date


def first_instant(text: str) -> datetime:
    """Read an ISO 8601 quarter hour with its zone. Raises MeterbookError for anything else."""
    remedy = "Write a quarter hour with its zone, like 2026-11-01T00:00:00Z."
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise MeterbookError(f"{text!r} is not an instant. {remedy}") from error
    if instant.tzinfo is None or not is_quarter_hour(instant):
        raise MeterbookError(f"{text!r} is no quarter hour with a zone. {remedy}")
    return instant.astimezone(UTC)


def own_prices(folder: Path, source: str) -> dict[PriceKey, dict[datetime, Decimal]]:
    """Return the prices that came from `source`, by key and UTC start, in order of start.

    A price of a window that names its end was ended by hand, and is not in force for an import.
    """
    if not (folder / PRICES.file_name).exists():
        return {}
    rows = table(folder, PRICES).filter(
        pl.col("source").str.starts_with(f"{source} "),
        pl.col("region") == "",
        pl.col("currency") == CURRENCY,
        (pl.col("price_window_id") == "") | (pl.col("valid_to_at") == LAST_INSTANT),
    )
    found: dict[PriceKey, dict[datetime, Decimal]] = {}
    for *key, starts, price in (
        rows.sort("valid_from_at").select(*_KEY, "valid_from_at", "unit_price").iter_rows()
    ):
        found.setdefault(PriceKey(*key), {})[starts.replace(tzinfo=UTC)] = price
    return found


def append_prices(
    folder: Path,
    edition: Edition,
    prices: Collection[NewPrice],
    windows: Collection[Mapping[str, str]] = (),
) -> int:
    """Append `prices` as rows of prices.csv, and the windows they need; the number of prices.

    Raises CatalogError, with nothing written, when a row would start together with one that
    another source or the operator entered for the same scope, or a window has other hours.
    """
    _refuse_taken(folder, prices)
    new_windows = _new_windows(folder, windows)
    if new_windows:
        append_rows(folder, WINDOWS, new_windows)
    if prices:
        append_rows(folder, PRICES, [_row(price, edition) for price in sorted(prices)])
    return len(prices)


def refuse_off_ladder(folder: Path, keys: Iterable[PriceKey]) -> None:
    """Raise CatalogError for thresholds that context_ladder.csv does not have."""
    ladder = {0, *table(folder, FILES["context_ladder"])["threshold_tokens"]}
    file_name = FILES["context_ladder"].file_name
    problems = [
        Problem(file_name, f"{model} has a price above {above}", f"Append {above} to the ladder.")
        for model, above in sorted(
            {(key.model_id, key.above) for key in keys if key.above not in ladder}
        )
    ]
    if problems:
        raise CatalogError(problems)


def models_and_names(folder: Path) -> dict[tuple[str, str], list[str]]:
    """(model, provider) to the other names of the model, those the provider uses first."""
    aliases = table(folder, FILES["model_aliases"])
    models = {}
    for model, provider in table(folder, FILES["models"]).select("model_id", "provider").rows():
        names = aliases.filter(pl.col("model_id") == model)["alias"].to_list()
        names.sort(key=lambda name: not name.startswith(f"{provider}/"))
        models[model, provider] = names
    return models


def table(folder: Path, file: CatalogFile) -> pl.DataFrame:
    """Read one catalog file. Raises CatalogError when it cannot be read as a table."""
    text, problems = read_text(folder, file)
    if text is None or problems:
        raise CatalogError(problems)
    return typed(file, text)


def _row(price: NewPrice, edition: Edition) -> Mapping[str, str]:
    model, meter, tier, above, window = price.key
    starts = price.starts.strftime(INSTANT_FORMAT)
    return {
        "price_id": "/".join(
            part
            for part in (model, meter, tier, str(above), starts[:16].replace(":", ""), window)
            if part
        ),
        "model_id": model,
        "meter": meter,
        "service_tier": tier,
        "context_above_tokens": str(above),
        "currency": CURRENCY,
        "unit_price": format(price.unit_price.normalize(), "f"),
        "valid_from_at": starts,
        "source": f"{edition.source} {edition.name}",
        "checked_date": edition.checked.isoformat(),
        **({"price_window_id": window} if window else {}),
    }


def _new_windows(folder: Path, windows: Collection[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return the rows that price_windows.csv lacks; refuse a name that has other hours there."""
    if not (folder / WINDOWS.file_name).exists():
        return list(windows)
    known = {row["price_window_id"]: row for row in table(folder, WINDOWS).iter_rows(named=True)}
    problems = [
        Problem(
            WINDOWS.file_name,
            f"{row['price_window_id']} is not what its name says, {row['starts_time']} to "
            f"{row['ends_time']} in {row['zone']} on every day",
            "An import names its windows so: give this one another name, here and in prices.csv.",
            known[row["price_window_id"]]["row"],
            "price_window_id",
        )
        for row in windows
        if row["price_window_id"] in known
        and any(known[row["price_window_id"]][name] != text for name, text in row.items())
    ]
    if problems:
        raise CatalogError(problems)
    return [row for row in windows if row["price_window_id"] not in known]


def _refuse_taken(folder: Path, prices: Collection[NewPrice]) -> None:
    if not prices or not (folder / PRICES.file_name).exists():
        return
    rows = table(folder, PRICES).filter(pl.col("region") == "", pl.col("currency") == CURRENCY)
    taken = {
        tuple(cells): (row, source)
        for *cells, row, source in rows.select(*_KEY, "valid_from_at", "row", "source").iter_rows()
    }
    starts = ((price, (*price.key, price.starts.replace(tzinfo=None))) for price in sorted(prices))
    problems = [
        Problem(
            PRICES.file_name,
            f"{price.key[0]} {price.key[1]} already starts at {price.starts:%Y-%m-%dT%H:%MZ} "
            f"by {taken[start][1]!r}",
            "Import from another instant: a price has one row for each start.",
            taken[start][0],
            "valid_from_at",
        )
        for price, start in starts
        if start in taken
    ]
    if problems:
        raise CatalogError(problems)
