"""Public prices from the LiteLLM price map into prices.csv.

Here: comparing an edition of the map with the rows we have, and appending what changed.
Keep out: the meaning of the map's keys (`litellm_map`).

Rows are appended, never edited. A row is open until a newer row of the same model, meter,
tier, context, region and currency begins. Each price is compared with the newest row that
came from the map, so an operator's own row stays in force until the map itself moves. A
context band that the map dropped gets a row with the base price; any other price that the map
dropped stays in force and is named in the plan.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from billing.catalog.appending import append_rows
from billing.catalog.files import FILES, CatalogFile
from billing.catalog.litellm_map import MapPrice, prices_of
from billing.catalog.reading import read_text
from billing.catalog.typed import typed
from billing.errors import CatalogError, MeterbookError, Problem
from billing.periods import is_quarter_hour

CURRENCY = "USD"
SOURCE = "litellm"

PriceKey = tuple[str, str, str, int]
"""Model, meter, service tier, context threshold."""


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
    the instant cannot be used, CatalogError when the catalog files cannot be read or a
    threshold is not on the ladder. Then nothing is written.
    """
    first = _first_instant(valid_from)
    plan = plan_litellm_import(map_file, folder, valid_from=first)
    starts = first.strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = [
        _row(key, price, starts, f"{SOURCE} {edition}", checked)
        for key, price in sorted(plan.added.items())
    ]
    if rows:
        append_rows(folder, FILES["prices"], rows)
    return len(rows)


def plan_litellm_import(map_file: Path, folder: Path, *, valid_from: datetime) -> ImportPlan:
    """Compare the map with the catalog; see `import_litellm` for what is raised."""
    price_map = _read_map(map_file)
    models, unknown = _entries(folder, price_map)
    offered: dict[PriceKey, Decimal] = {}
    for model, entry in models.items():
        for price in prices_of(model, entry):
            offered[_key(model, price)] = price.unit_price
    _refuse_off_ladder(folder, offered)
    latest = _latest(folder)
    gone = sorted(key for key in latest.keys() - offered.keys() if key[0] in models)
    offered |= {key: offered[base] for key, base in _bases(gone) if base in offered}
    withdrawn = tuple(key for key in gone if key not in offered)
    added = {
        key: price for key, price in offered.items() if key not in latest or latest[key][0] != price
    }
    _refuse_rewriting(added, latest, valid_from)
    return ImportPlan(added, withdrawn, tuple(unknown))


def _first_instant(text: str) -> datetime:
    remedy = "Write a quarter hour with its zone, like 2026-11-01T00:00:00Z."
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise MeterbookError(f"{text!r} is not an instant. {remedy}") from error
    if instant.tzinfo is None or not is_quarter_hour(instant):
        raise MeterbookError(f"{text!r} is no quarter hour with a zone. {remedy}")
    return instant.astimezone(UTC)


def _key(model: str, price: MapPrice) -> PriceKey:
    return (model, price.meter, price.service_tier, price.context_above_tokens)


def _bases(gone: list[PriceKey]) -> Iterator[tuple[PriceKey, PriceKey]]:
    for model, meter, tier, above in gone:
        if above:
            yield (model, meter, tier, above), (model, meter, tier, 0)


def _row(key: PriceKey, price: Decimal, starts: str, source: str, checked: date) -> list[str]:
    model, meter, tier, above = key
    price_id = f"{model}/{meter}/{tier}/{above}/{starts[:16].replace(':', '')}"
    amount = format(price.normalize(), "f")
    return [
        *(price_id, model, meter, tier, str(above), "", CURRENCY, amount),
        *(starts, "", source, checked.isoformat()),
    ]


def _read_map(map_file: Path) -> dict[str, dict[str, Any]]:
    try:
        text = map_file.read_text("utf-8")
        price_map: dict[str, dict[str, Any]] = json.loads(
            text, parse_float=Decimal, parse_int=Decimal
        )
    except (OSError, ValueError) as error:
        raise MeterbookError(f"{map_file} is not a readable price map: {error}.") from error
    return price_map


def _entries(
    folder: Path, price_map: Mapping[str, dict[str, Any]]
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    aliases = _table(folder, FILES["model_aliases"])
    entries, unknown = {}, []
    for model, provider in _table(folder, FILES["models"]).select("model_id", "provider").rows():
        names = aliases.filter(pl.col("model_id") == model)["alias"].to_list()
        names.sort(key=lambda name: not name.startswith(f"{provider}/"))
        own = [name for name in names if name.startswith(f"{provider}/")]
        candidates = [*own, f"{provider}/{model}", model, *names]
        name = next((name for name in candidates if name in price_map), None)
        if name is None:
            unknown.append(model)
        else:
            entries[model] = price_map[name]
    return entries, unknown


def _latest(folder: Path) -> dict[PriceKey, tuple[Decimal, datetime]]:
    if not (folder / FILES["prices"].file_name).exists():
        return {}
    rows = _table(folder, FILES["prices"]).filter(
        pl.col("source").str.starts_with(f"{SOURCE} "),
        pl.col("region") == "",
        pl.col("currency") == CURRENCY,
    )
    columns = ["model_id", "meter", "service_tier", "context_above_tokens"]
    ordered = rows.sort("valid_from_at")
    return {
        (model, meter, tier, above): (price, starts)
        for model, meter, tier, above, price, starts in ordered.select(
            *columns, "unit_price", "valid_from_at"
        ).iter_rows()
    }


def _refuse_off_ladder(folder: Path, offered: Mapping[PriceKey, Decimal]) -> None:
    ladder = {0, *_table(folder, FILES["context_ladder"])["threshold_tokens"]}
    off = sorted({(key[0], key[3]) for key in offered if key[3] not in ladder})
    file_name = FILES["context_ladder"].file_name
    problems = [
        Problem(file_name, f"{model} has a price above {above}", f"Append {above} to the ladder.")
        for model, above in off
    ]
    if problems:
        raise CatalogError(problems)


def _refuse_rewriting(
    added: Mapping[PriceKey, Decimal],
    latest: Mapping[PriceKey, tuple[Decimal, datetime]],
    valid_from: datetime,
) -> None:
    starts = valid_from.astimezone(UTC).replace(tzinfo=None)
    late = [key for key in added if key in latest and latest[key][1] >= starts]
    if late:
        model, meter, *_ = late[0]
        raise MeterbookError(
            f"{model} {meter} already has a price from {latest[late[0]][1]:%Y-%m-%dT%H:%MZ}. "
            "Import with a later start: committed prices are never rewritten."
        )


def _table(folder: Path, file: CatalogFile) -> pl.DataFrame:
    text, problems = read_text(folder, file)
    if text is None or problems:
        raise CatalogError(problems)
    return typed(file, text)
