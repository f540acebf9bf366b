"""Public prices from the genai-prices book into prices.csv.

Here: comparing an edition of the book with the rows we have, and appending what changed; the
book knows dates, so one edition may append several rows of one price. Keep out: the meaning of
the book's keys (`genai_map`).

Rows are appended, never edited. Each price is compared with the row of this book that is in
force at the same instant, so an operator's own row stays in force until the book itself moves.
A context band that the book dropped gets a row with the price below it, hours that it dropped
one with the price of all day; any other price that the book dropped stays in force and is named
in the plan.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

from billing.catalog.genai_book import (
    UnreadableRuleError,
    entry_of,
    installed_edition,
    read_book,
)
from billing.catalog.genai_map import ModelPrices, prices_of
from billing.catalog.genai_times import Hours, hours_named, price_above
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

SOURCE = "genai-prices"

Offered = dict[PriceKey, Decimal]


@dataclass(frozen=True)
class LeftOut:
    """Something the book says of a model that our files cannot, and why."""

    model_id: str
    what: str
    why: str


@dataclass(frozen=True)
class GenaiPlan:
    """What an import would do: rows to append, and what it cannot or does not bring."""

    added: tuple[NewPrice, ...]
    withdrawn: tuple[PriceKey, ...]
    unknown_models: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def import_genai_prices(
    book_file: Path | None, folder: Path, *, edition: str, valid_from: str, checked: date
) -> GenaiPlan:
    """Append what the book changes from `valid_from` on, and return what was done.

    `book_file` None reads the installed package; `edition` empty is then its version.
    Raises MeterbookError when the book or the instant cannot be used, CatalogError when the
    catalog files cannot be read, a threshold is not on the ladder or another row starts at the
    same instant. Then nothing is written.
    """
    plan = plan_genai_import(book_file, folder, valid_from=first_instant(valid_from))
    if not edition and book_file is not None:
        raise MeterbookError(f"{book_file} does not say its edition. Name it.")
    name = edition or installed_edition()
    used = sorted({price.key.window_id for price in plan.added})
    hours = [each for each in map(hours_named, used) if each is not None]
    windows = [each.window_row for each in hours]
    append_prices(folder, Edition(SOURCE, name, checked), plan.added, windows)
    return plan


def plan_genai_import(book_file: Path | None, folder: Path, *, valid_from: datetime) -> GenaiPlan:
    """Compare the book with the catalog; see `import_genai_prices` for what is raised."""
    book = read_book(book_file)
    own = own_prices(folder, SOURCE)
    added: list[NewPrice] = []
    withdrawn: list[PriceKey] = []
    unknown: list[str] = []
    left_out: list[LeftOut] = []
    for (model, provider), aliases in models_and_names(folder).items():
        try:
            entry = entry_of(book, provider, _names(model, provider, aliases))
        except UnreadableRuleError as error:
            left_out.append(LeftOut(model, "name", str(error)))
            continue
        if entry is None:
            unknown.append(model)
            continue
        said = prices_of(entry)
        left_out += [LeftOut(model, what, why) for what, why in sorted(said.left_out.items())]
        known = {key: prices for key, prices in own.items() if key.model_id == model}
        if others := _other_hours(said.windows, known):
            left_out.append(LeftOut(model, "hours", others))
            continue
        offers = _from(model, said, known, valid_from.astimezone(UTC))
        added += _changes(offers, known)
        withdrawn += _gone(offers, known)
    refuse_off_ladder(folder, {price.key for price in added})
    return GenaiPlan(tuple(added), tuple(withdrawn), tuple(unknown), tuple(left_out))


def _names(model: str, provider: str, aliases: list[str]) -> Iterator[str]:
    """Yield the names to look for, the provider's own first; it writes them without its prefix."""
    yield from (name.removeprefix(f"{provider}/") for name in aliases if "/" in name)
    yield model
    yield from (name for name in aliases if "/" not in name)


def _other_hours(windows: Collection[Hours], known: Collection[PriceKey]) -> str:
    """Say which hours of earlier editions collide with the book's now; empty when none do."""
    before = sorted({key.window_id for key in known if key.window_id})
    pairs = [
        (each, now)
        for each, was in ((each, hours_named(each)) for each in before)
        for now in windows
        if was is not None and was != now and was.meets(now)
    ]
    if not pairs:
        return ""
    was, now = pairs[0]
    return (
        f"{was} of an earlier edition is {now.window_id} now: let its rows in prices.csv end "
        "(valid_to_at), then import again from there"
    )


def _from(
    model: str,
    said: ModelPrices,
    known: Mapping[PriceKey, Mapping[datetime, Decimal]],
    valid_from: datetime,
) -> dict[datetime, Offered]:
    """Return the offers from `valid_from` on, by UTC instant: the one in force then, and later ones.

    A band goes before a window, so a window has every band that has had a plain price by then.
    """
    begun = {
        max(datetime.combine(day, time(), UTC) if day else valid_from, valid_from): day
        for day in said.offers
    }
    chosen: dict[datetime, Offered] = {}
    new: set[tuple[str, str, int]] = set()
    for at, day in begun.items():
        new |= said.offers[day].keys()
        old = {key[1:4] for key, rows in known.items() if not key.window_id and min(rows) <= at}
        chosen[at] = {PriceKey(model, *key): price for key, price in said.offers[day].items()}
        for hours, timeline in said.windows.items():
            own = timeline[day]
            priced = {key: price_above(own, *key) for key in own.keys() | new | old}
            chosen[at] |= {
                PriceKey(model, *key, hours.window_id): price
                for key, price in priced.items()
                if price is not None
            }
    return chosen


def _changes(
    offers: Mapping[datetime, Offered], known: Mapping[PriceKey, Mapping[datetime, Decimal]]
) -> Iterator[NewPrice]:
    """Yield the rows that make the timeline of each key what the book says."""
    keys = sorted({key for offer in offers.values() for key in offer} | known.keys())
    for key in keys:
        rows = known.get(key, {})
        in_force = _before(rows, min(offers)) if offers else None
        for at in sorted({*offers, *(start for start in rows if start >= min(offers))}):
            in_force = rows.get(at, in_force)
            wanted = _wanted(offers, key, at, is_known=in_force is not None)
            if wanted is None or wanted == in_force:
                continue
            if at in rows:
                raise MeterbookError(
                    f"{key.model_id} {key.meter} already has a price from {at:%Y-%m-%dT%H:%MZ}. "
                    "Import with a later start: committed prices are never rewritten."
                )
            yield NewPrice(key, at, wanted)
            in_force = wanted


def _before(rows: Mapping[datetime, Decimal], at: datetime) -> Decimal | None:
    earlier = [price for start, price in rows.items() if start < at]
    return earlier[-1] if earlier else None


def _wanted(
    offers: Mapping[datetime, Offered], key: PriceKey, at: datetime, *, is_known: bool
) -> Decimal | None:
    """Return what the book asks at `at`.

    A band that it no longer has costs what the highest band below it costs, hours that it no
    longer has what all day costs; hours that cost the same have no row until they once differed.
    """
    offer = offers[max(start for start in offers if start <= at)]
    if not is_known:
        is_as_all_day = key.window_id and offer.get(key) == offer.get(key._replace(window_id=""))
        return None if is_as_all_day else offer.get(key)
    for window_id in dict.fromkeys((key.window_id, "")):
        bands = [
            each.above
            for each in offer
            if each == key._replace(above=each.above, window_id=window_id)
            and each.above <= key.above
        ]
        if bands:
            return offer[key._replace(above=max(bands), window_id=window_id)]
    return None


def _gone(
    offers: Mapping[datetime, Offered], known: Mapping[PriceKey, Mapping[datetime, Decimal]]
) -> list[PriceKey]:
    """Return the prices for which the book asks nothing in the end."""
    if not offers:
        return []
    last = max(offers)
    return sorted(key for key in known if _wanted(offers, key, last, is_known=True) is None)
