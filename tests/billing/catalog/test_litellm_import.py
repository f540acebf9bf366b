"""Public prices become dated rows that are only ever appended."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from billing.catalog import import_litellm, plan_litellm_import, read_catalog
from billing.errors import CatalogError, MeterbookError

from .conftest import CatalogFolder

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
BASE = {"input_cost_per_token": 1.25e-06, "output_cost_per_token": 1e-05}


@pytest.fixture
def empty_book(catalog: CatalogFolder) -> CatalogFolder:
    """The catalog without a single price."""
    catalog.file("prices").unlink()
    return catalog


def write_map(folder: Path, **models: dict[str, object]) -> Path:
    path = folder / "map.json"
    path.write_text(json.dumps({name.replace("_", "-"): entry for name, entry in models.items()}))
    return path


def run(catalog: CatalogFolder, price_map: Path, starts: datetime = NEW_YEAR) -> int:
    return import_litellm(
        price_map,
        catalog.path,
        edition="9.9",
        valid_from=starts.isoformat(),
        checked=date(2026, 12, 1),
    )


def test_a_new_price_book_is_written_with_source_and_day(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    assert run(empty_book, write_map(tmp_path, gpt_5=BASE)) == 3
    row = empty_book.rows("prices")[0]
    assert row["model_id"] == "gpt-5"
    assert (row["unit_price"], row["currency"]) == ("0.00000125", "USD")
    assert (row["source"], row["checked_date"]) == ("litellm 9.9", "2026-12-01")
    assert (row["valid_from_at"], row["valid_to_at"]) == ("2027-01-01T00:00:00Z", "")
    assert empty_book.problems() == []


def test_an_unchanged_price_appends_nothing(empty_book: CatalogFolder, tmp_path: Path) -> None:
    price_map = write_map(tmp_path, gpt_5=BASE)
    run(empty_book, price_map)
    before = empty_book.file("prices").read_bytes()
    assert run(empty_book, price_map) == 0
    assert run(empty_book, price_map, datetime(2027, 2, 1, tzinfo=UTC)) == 0
    assert empty_book.file("prices").read_bytes() == before


def test_a_changed_price_is_appended_and_ends_the_old_one(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    run(empty_book, write_map(tmp_path, gpt_5=BASE))
    before = empty_book.file("prices").read_bytes()
    cheaper = write_map(tmp_path, gpt_5=BASE | {"input_cost_per_token": 1e-06})
    later = datetime(2027, 2, 1, tzinfo=UTC)
    assert run(empty_book, cheaper, later) == 1
    assert empty_book.file("prices").read_bytes().startswith(before)
    prices = read_catalog(empty_book.path)["prices"]
    rows = prices.filter(pl.col("meter") == "input_uncached").sort("valid_from_at")
    assert rows["unit_price"].to_list() == [Decimal("0.00000125"), Decimal("0.000001")]
    assert rows["valid_to_at"].to_list()[0] == later.replace(tzinfo=None)


def test_the_provider_of_the_model_decides_between_entries_of_one_name(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    path = tmp_path / "map.json"
    other = {"input_cost_per_token": 9e-06, "output_cost_per_token": 9e-05}
    path.write_text(json.dumps({"gemini-2.5-pro": other, "gemini/gemini-2.5-pro": BASE}))
    run(empty_book, path)
    prices = {row["meter"]: row["unit_price"] for row in empty_book.rows("prices")}
    assert prices["input_uncached"] == "0.00000125"


def test_a_band_that_the_map_dropped_costs_the_base_price(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    long = BASE | {"input_cost_per_token_above_200k_tokens": 2.5e-06}
    run(empty_book, write_map(tmp_path, gpt_5=long))
    assert run(empty_book, write_map(tmp_path, gpt_5=BASE), datetime(2027, 2, 1, tzinfo=UTC)) == 1
    added = empty_book.rows("prices")[-1]
    assert (added["context_above_tokens"], added["unit_price"]) == ("200000", "0.00000125")


def test_a_band_that_the_map_dropped_costs_what_the_band_below_it_costs(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    lower = BASE | {"input_cost_per_token_above_128k_tokens": 2e-06}
    long = lower | {"input_cost_per_token_above_200k_tokens": 2.5e-06}
    run(empty_book, write_map(tmp_path, gpt_5=long))
    assert run(empty_book, write_map(tmp_path, gpt_5=lower), datetime(2027, 2, 1, tzinfo=UTC)) == 1
    added = empty_book.rows("prices")[-1]
    assert (added["context_above_tokens"], added["unit_price"]) == ("200000", "0.000002")


def test_another_price_that_the_map_dropped_stays_and_is_named(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    run(empty_book, write_map(tmp_path, gpt_5=BASE | {"cache_read_input_token_cost": 1e-07}))
    plan = plan_litellm_import(
        write_map(tmp_path, gpt_5=BASE), empty_book.path, valid_from=NEW_YEAR
    )
    assert plan.added == {}
    assert plan.withdrawn == (("gpt-5", "cache_read", "default", 0, ""),)
    assert "glm-4.6" in plan.unknown_models


def test_an_operators_own_price_survives_an_unchanged_map(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    price_map = write_map(tmp_path, gpt_5=BASE)
    run(empty_book, price_map)
    own = {
        "price_id": "own",
        "unit_price": "0.000009",
        "valid_from_at": "2027-01-15T00:00:00Z",
        "source": "operator",
    }
    empty_book.copy_row("prices", 2, **own)
    assert run(empty_book, price_map, datetime(2027, 2, 1, tzinfo=UTC)) == 0


def test_a_price_is_never_changed_for_the_past(empty_book: CatalogFolder, tmp_path: Path) -> None:
    run(empty_book, write_map(tmp_path, gpt_5=BASE))
    before = empty_book.file("prices").read_bytes()
    dearer = write_map(tmp_path, gpt_5=BASE | {"input_cost_per_token": 2e-06})
    with pytest.raises(MeterbookError, match="already has a price from 2027-01-01"):
        run(empty_book, dearer, datetime(2026, 12, 1, tzinfo=UTC))
    assert empty_book.file("prices").read_bytes() == before


def test_a_threshold_off_the_ladder_is_refused_and_nothing_is_written(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    odd = BASE | {"input_cost_per_token_above_100k_tokens": 2.5e-06}
    with pytest.raises(CatalogError, match="above 100000"):
        run(empty_book, write_map(tmp_path, gpt_5=odd))
    assert not empty_book.file("prices").exists()


@pytest.mark.parametrize("starts", ["2027-01-01T00:07:00Z", "2027-01-01T00:00:00", "soon"])
def test_prices_start_on_a_quarter_hour_with_a_zone(
    empty_book: CatalogFolder, tmp_path: Path, starts: str
) -> None:
    price_map = write_map(tmp_path, gpt_5=BASE)
    with pytest.raises(MeterbookError, match="quarter hour with its zone"):
        import_litellm(
            price_map, empty_book.path, edition="9.9", valid_from=starts, checked=date(2026, 12, 1)
        )
    assert not empty_book.file("prices").exists()


def test_a_file_that_is_no_price_map_is_refused(empty_book: CatalogFolder, tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    path.write_text("not json")
    with pytest.raises(MeterbookError, match="not a readable price map"):
        run(empty_book, path)
