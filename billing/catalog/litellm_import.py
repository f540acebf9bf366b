"""Public prices from the LiteLLM price map into prices.csv.

Here: comparing an edition of the map with the rows we have, and appending what changed.
Keep out: the meaning of the map's keys (`litellm_map`).

Rows are appended, never edited. A row is open until a newer row of the same model, meter,
tier, context, region and currency begins. Each price is compared with the newest row that
came from the map, so an operator's own row stays in force until the map itself moves. A
context band that the map dropped gets a row with the price below it; any other price that the map
dropped stays in force and is named in the plan.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from billing.catalog.litellm_map import MapPrice, prices_of
from billing.catalog.price_files import read_price_file
from billing.catalog.price_rows import (
    Edition,
    NewPrice,
    PriceKey,
    append_prices,
    first_instant,
    models_and_names,
    own_prices,
    refuse_off_ladder,
)
from billing.errors import MeterbookError

SOURCE = "litellm"


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do: prices to append, prices and models the map does not have."""

    added: Mapping[PriceKey, Decimal]
    withdrawn: tuple[PriceKey, ...]
    unknown_models: tuple[str, ...]


def import_litellm(
    map_file: Path, folder: Path, *, edition: str, valid_from: str, checked: date
) -> int:
    """Append what the map's `edition` changes from `valid_from` on; the number of rows added.

    `valid_from` is an ISO 8601 instant with its zone. Raises MeterbookError when the map or
    the instant cannot be used, CatalogError when the catalog files cannot be read, a threshold
    is not on the ladder or another row starts at the same instant. Then nothing is written.
    """
    starts = first_instant(valid_from)
    plan = plan_litellm_import(map_file, folder, valid_from=starts)
    prices = [NewPrice(key, starts, price) for key, price in plan.added.items()]
    return append_prices(folder, Edition(SOURCE, edition, checked), prices)


def plan_litellm_import(map_file: Path, folder: Path, *, valid_from: datetime) -> ImportPlan:
    """Compare the map with the catalog; see `import_litellm` for what is raised."""
    price_map = _read_map(map_file)
    models, unknown = _entries(folder, price_map)
    offered: dict[PriceKey, Decimal] = {}
    for model, entry in models.items():
        for price in prices_of(model, entry):
            offered[_key(model, price)] = price.unit_price
    refuse_off_ladder(folder, offered)
    latest = _latest(folder)
    gone = sorted(key for key in latest.keys() - offered.keys() if key[0] in models)
    offered |= dict(_lower_bands(gone, offered))
    withdrawn = tuple(key for key in gone if key not in offered)
    added = {
        key: price for key, price in offered.items() if key not in latest or latest[key][0] != price
    }
    _refuse_rewriting(added, latest, valid_from)
    return ImportPlan(added, withdrawn, tuple(unknown))


def _key(model: str, price: MapPrice) -> PriceKey:
    return PriceKey(model, price.meter, price.service_tier, price.context_above_tokens)


def _lower_bands(
    gone: list[PriceKey], offered: Mapping[PriceKey, Decimal]
) -> Iterator[tuple[PriceKey, Decimal]]:
    """Yield the bands that the map dropped with the price of the highest band below them."""
    for key in gone:
        lower = [each for each in offered if each._replace(above=key.above) == key]
        below = [each for each in lower if each.above < key.above]
        if below:
            yield key, offered[max(below)]


def _read_map(map_file: Path) -> dict[str, dict[str, Any]]:
    price_map = read_price_file(map_file)
    if not isinstance(price_map, dict) or not all(
        isinstance(entry, dict) for entry in price_map.values()
    ):
        raise MeterbookError(f"{map_file} is not a readable price map: it names no models.")
    return price_map


def _entries(
    folder: Path, price_map: Mapping[str, dict[str, Any]]
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    entries, unknown = {}, []
    for (model, provider), names in models_and_names(folder).items():
        own = [name for name in names if name.startswith(f"{provider}/")]
        candidates = [*own, f"{provider}/{model}", model, *names]
        name = next((name for name in candidates if name in price_map), None)
        if name is None:
            unknown.append(model)
        else:
            entries[model] = price_map[name]
    return entries, unknown


def _latest(folder: Path) -> dict[PriceKey, tuple[Decimal, datetime]]:
    """Return the newest price of each key that came from the map, and its start."""
    return {
        key: (list(prices.values())[-1], list(prices)[-1])
        for key, prices in own_prices(folder, SOURCE).items()
    }


def _refuse_rewriting(
    added: Mapping[PriceKey, Decimal],
    latest: Mapping[PriceKey, tuple[Decimal, datetime]],
    valid_from: datetime,
) -> None:
    late = [key for key in added if key in latest and latest[key][1] >= valid_from.astimezone(UTC)]
    if late:
        model, meter, *_ = late[0]
        raise MeterbookError(
            f"{model} {meter} already has a price from {latest[late[0]][1]:%Y-%m-%dT%H:%MZ}. "
            "Import with a later start: committed prices are never rewritten."
        )
