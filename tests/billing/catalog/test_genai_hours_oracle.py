"""What is imported costs at every instant what the genai-prices package itself asks then.

The package decides from its own objects; we from the files that the import wrote, read by the
second engine. Compared is a price per million tokens, at the ends of all hours and days too.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from genai_prices.data import providers
from genai_prices.types import (
    ClauseEquals,
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    PriceVariant,
    StartDateConstraint,
    Tier,
    TieredPrices,
    TimeOfDateConstraint,
)

from billing.audit.catalog_files import read_catalog_files
from billing.audit.price_book import PriceBook, Wanted
from billing.catalog import GenaiPlan, import_genai_prices

from .conftest import CatalogFolder

MILLION = Decimal(10**6)
METERS = {
    "input_uncached": "input_mtok",
    "cache_read": "cache_read_mtok",
    "output_visible": "output_mtok",
}
TIERS = {"default": {"service_tier": "default"}, "batch": {"processing": "batch"}}
BANDS = (0, 128_000, 200_000)
FIRST, SECOND = datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 9, 1, 6, 15, tzinfo=UTC)
A_MOMENT = timedelta(microseconds=1)


@pytest.fixture
def empty_book(catalog: CatalogFolder) -> CatalogFolder:
    """The catalog without a single price."""
    catalog.file("prices").unlink()
    return catalog


def run(catalog: CatalogFolder, file: Path | None, starts: datetime) -> GenaiPlan:
    return import_genai_prices(
        file,
        catalog.path,
        edition="9" if file else "",
        valid_from=starts.isoformat(),
        checked=date(2026, 12, 1),
    )


def ours(book: PriceBook, wanted: tuple[str, str, str, int], at: datetime) -> list[Decimal]:
    instant = at.astimezone(UTC).replace(tzinfo=None)
    model, meter, tier, band = wanted
    found = book.find(Wanted(model, meter, tier, "", band, book.clock.open_at(instant)), instant)
    return [row.unit_price * MILLION for row in found]


def theirs(model: ModelInfo, meter: str, tier: str, band: int, at: datetime) -> Decimal:
    price = getattr(model.get_prices(at, TIERS[tier]), METERS[meter])
    if isinstance(price, TieredPrices):
        reached = [each.price for each in price.tiers if each.start <= band]
        price = reached[-1] if reached else price.base
    assert isinstance(price, Decimal)
    return price


def book_of(catalog: CatalogFolder) -> PriceBook:
    files = read_catalog_files(catalog.path)
    return PriceBook(files.prices, files.price_windows)


def instants(model: ModelInfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """Yield both sides of every end of hours, on the first days and around every start."""
    conditions = [part.constraint for part in (*_conditional(model), *(model.price_variants or ()))]
    days = {first.date(), last.date(), first.date() + timedelta(days=3)}
    clocks = {time(0), time(12)}
    for condition in conditions:
        if isinstance(condition, StartDateConstraint):
            days |= {condition.start_date, condition.start_date - timedelta(days=1)}
        if isinstance(condition, TimeOfDateConstraint):
            clocks |= {condition.start_time.replace(tzinfo=None)}
            clocks |= {condition.end_time.replace(tzinfo=None)}
    for day in sorted(days):
        for clock in sorted(clocks):
            end = datetime.combine(day, clock, UTC)
            yield from (at for at in (end - A_MOMENT, end, end + A_MOMENT) if first <= at < last)


def _conditional(model: ModelInfo) -> Sequence[ConditionalPrice]:
    return model.prices if isinstance(model.prices, list) else ()


def test_every_price_by_time_of_day_of_the_package_is_imported_to_the_quarter_hour(
    empty_book: CatalogFolder,
) -> None:
    (deepseek,) = [provider for provider in providers if provider.id == "deepseek"]
    by_hour = [
        model
        for model in deepseek.models
        if any(isinstance(part.constraint, TimeOfDateConstraint) for part in _conditional(model))
    ]
    row = empty_book.row_of("models", model_id="deepseek-chat")
    for model in by_hour:
        if model.id != "deepseek-chat":
            empty_book.copy_row("models", row, model_id=model.id)
    plan = run(empty_book, None, FIRST)
    assert not any("time" in each.why or "hour" in each.why for each in plan.left_out)
    assert empty_book.problems() == []
    book = book_of(empty_book)
    last = datetime(2026, 11, 1, tzinfo=UTC)
    seen: dict[str, set[Decimal]] = {}
    for model in by_hour:
        for at in instants(model, FIRST, last):
            for meter in METERS:
                wanted = theirs(model, meter, "default", 0, at)
                assert ours(book, (model.id, meter, "default", 0), at) == [wanted], (model.id, at)
                seen.setdefault(model.id, set()).add(wanted)
    assert len(seen) >= 5
    assert all(len(prices) >= 4 for prices in seen.values())
    before = {name: empty_book.file(name).read_bytes() for name in ("prices", "price_windows")}
    assert run(empty_book, None, last).added == ()
    assert {name: empty_book.file(name).read_bytes() for name in before} == before


def _price(draw: Random) -> Decimal:
    return Decimal(draw.randint(1, 4))


def _prices(draw: Random, *, is_whole: bool) -> dict[str, Any]:
    """Draw prices of each meter, some with bands; a tier may leave some out."""
    said: dict[str, Any] = {}
    for key in METERS.values():
        if is_whole or draw.random() < 0.6:
            starts = sorted(draw.sample(BANDS[1:], draw.choice((0, 0, 1, 2))))
            tiers = [{"start": start, "price": _price(draw)} for start in starts]
            said[key] = {"base": _price(draw), "tiers": tiers} if tiers else _price(draw)
    return said


def _constraint(draw: Random, days: Sequence[date]) -> dict[str, str] | None:
    if draw.random() < 0.25:
        return {"start_date": draw.choice(days).isoformat()}
    starts, ends = (draw.choice(range(0, 24 * 60, 15)) for _ in range(2))
    return {
        "start_time": f"{starts // 60:02d}:{starts % 60:02d}:00Z",
        "end_time": f"{ends // 60:02d}:{ends % 60:02d}:00Z",
    }


def entry_of(draw: Random, days: Sequence[date]) -> dict[str, Any]:
    """Draw a model of the book, as its JSON has it; numbers are Decimals."""
    prices: list[dict[str, Any]] = [{"prices": _prices(draw, is_whole=True)}]
    for _ in range(draw.randint(0, 3)):
        condition = _constraint(draw, days)
        prices.append({"constraint": condition, "prices": _prices(draw, is_whole=True)})
    batch = {"when": TIERS["batch"], "prices": _prices(draw, is_whole=False)}
    variants = [batch | {"constraint": _constraint(draw, days)}] if draw.random() < 0.5 else []
    return {
        "id": "gpt-5",
        "match": {"equals": "gpt-5"},
        "prices": prices,
        "price_variants": [*variants, {"when": TIERS["batch"], "prices": {}}],
    }


def package_model(entry: dict[str, Any]) -> ModelInfo:
    """The same model as the package's own objects."""

    def prices(said: dict[str, Any]) -> ModelPrice:
        values = {
            key: TieredPrices(
                base=value["base"],
                tiers=[Tier(start=each["start"], price=each["price"]) for each in value["tiers"]],
            )
            if isinstance(value, dict)
            else value
            for key, value in said.items()
        }
        return ModelPrice(**values)

    def constraint(said: dict[str, str] | None) -> Any:
        if not said:
            return None
        if "start_date" in said:
            return StartDateConstraint(start_date=date.fromisoformat(said["start_date"]))
        starts, ends = (time.fromisoformat(said[name]) for name in ("start_time", "end_time"))
        return TimeOfDateConstraint(start_time=starts, end_time=ends)

    return ModelInfo(
        id=entry["id"],
        match=ClauseEquals(equals=entry["id"]),
        prices=[
            ConditionalPrice(
                constraint=constraint(part.get("constraint")), prices=prices(part["prices"])
            )
            for part in entry["prices"]
        ],
        price_variants=[
            PriceVariant(
                when=part["when"],
                prices=prices(part["prices"]),
                constraint=constraint(part.get("constraint")),
            )
            for part in entry["price_variants"]
        ],
    )


def write_book(folder: Path, entry: dict[str, Any]) -> Path:
    path = folder / "book.json"
    path.write_text(json.dumps([{"id": "openai", "models": [entry]}], default=int))
    return path


def compare(book: PriceBook, entry: dict[str, Any], first: datetime, last: datetime) -> None:
    model = package_model(entry)
    for at in instants(model, first, last):
        for meter in METERS:
            for tier in TIERS:
                for band in BANDS:
                    wanted = theirs(model, meter, tier, band, at)
                    found = ours(book, ("gpt-5", meter, tier, band), at)
                    assert found == [wanted], (meter, tier, band, at, entry)


@pytest.mark.parametrize("seed", range(12))
def test_two_random_editions_hold_each_in_their_own_time(
    empty_book: CatalogFolder, tmp_path: Path, seed: int
) -> None:
    draw = Random(seed)  # noqa: S311 - repeatable, not secret
    first = entry_of(draw, [date(2026, 7, 20), date(2026, 8, 17)])
    second = entry_of(draw, [date(2026, 8, 20), date(2026, 9, 10)])
    assert run(empty_book, write_book(tmp_path, first), FIRST).left_out == ()
    assert empty_book.problems() == []
    compare(book_of(empty_book), first, FIRST, SECOND)
    before = empty_book.file("prices").read_bytes()
    plan = run(empty_book, write_book(tmp_path, second), SECOND)
    assert empty_book.problems() == []
    if plan.left_out:
        assert [each.what for each in plan.left_out] == ["hours"]
        assert empty_book.file("prices").read_bytes() == before
        return
    compare(book_of(empty_book), first, FIRST, SECOND)
    compare(book_of(empty_book), second, SECOND, SECOND + timedelta(days=20))
    assert run(empty_book, write_book(tmp_path, second), SECOND).added == ()
