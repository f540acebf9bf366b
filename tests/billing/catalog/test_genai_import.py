"""Prices of the genai-prices book become dated rows that are only ever appended."""

import json
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from billing.catalog import GenaiPlan, import_genai_prices, import_litellm, read_catalog
from billing.errors import CatalogError, MeterbookError

from .conftest import CatalogFolder

BASE = {"input_mtok": 1.25, "output_mtok": 10}
NEW_YEAR = "2027-01-01T00:00:00Z"


@pytest.fixture
def empty_book(catalog: CatalogFolder) -> CatalogFolder:
    """The catalog without a single price."""
    catalog.file("prices").unlink()
    return catalog


def write_book(folder: Path, *models: dict[str, Any], provider: str = "openai") -> Path:
    path = folder / "book.json"
    path.write_text(json.dumps([{"id": provider, "models": list(models)}]))
    return path


def gpt_5(prices: object, **more: object) -> dict[str, Any]:
    return {"id": "gpt-5", "match": {"equals": "gpt-5"}, "prices": prices, **more}


def run(catalog: CatalogFolder, book: Path | None, starts: str = NEW_YEAR) -> GenaiPlan:
    return import_genai_prices(
        book,
        catalog.path,
        edition="9.9" if book else "",
        valid_from=starts,
        checked=date(2026, 12, 1),
    )


def rows_of(catalog: CatalogFolder, meter: str, above: str = "0") -> list[tuple[str, str]]:
    return [
        (row["valid_from_at"], row["unit_price"])
        for row in catalog.rows("prices")
        if row["meter"] == meter and row["context_above_tokens"] == above
    ]


def test_rows_are_written_with_source_and_day(empty_book: CatalogFolder, tmp_path: Path) -> None:
    plan = run(empty_book, write_book(tmp_path, gpt_5(BASE)))
    assert len(plan.added) == 3
    assert "gpt-5-mini" in plan.unknown_models
    row = empty_book.rows("prices")[0]
    assert (row["model_id"], row["meter"]) == ("gpt-5", "input_uncached")
    assert (row["unit_price"], row["currency"], row["region"]) == ("0.00000125", "USD", "")
    assert (row["source"], row["checked_date"]) == ("genai-prices 9.9", "2026-12-01")
    assert (row["valid_from_at"], row["valid_to_at"]) == (NEW_YEAR, "")
    assert empty_book.problems() == []


def test_importing_again_appends_nothing(empty_book: CatalogFolder, tmp_path: Path) -> None:
    dated = [
        {"prices": BASE},
        {"constraint": {"start_date": "2027-03-01"}, "prices": BASE | {"input_mtok": 1}},
    ]
    book = write_book(tmp_path, gpt_5(dated))
    run(empty_book, book)
    before = empty_book.file("prices").read_bytes()
    for starts in (
        NEW_YEAR,
        "2027-02-01T00:00:00Z",
        "2027-03-01T00:00:00Z",
        "2028-01-01T00:00:00Z",
    ):
        assert run(empty_book, book, starts).added == ()
    assert empty_book.file("prices").read_bytes() == before


def test_a_dated_price_is_a_row_of_its_own_day(empty_book: CatalogFolder, tmp_path: Path) -> None:
    """Before the import's start the price in force then counts, later ones start on their day."""
    dated = [
        {"prices": {"input_mtok": 1}},
        {"constraint": {"start_date": "2026-06-01"}, "prices": {"input_mtok": 2}},
        {"constraint": {"start_date": "2027-03-01"}, "prices": {"input_mtok": 3}},
    ]
    run(empty_book, write_book(tmp_path, gpt_5(dated)))
    assert rows_of(empty_book, "input_uncached") == [
        (NEW_YEAR, "0.000002"),
        ("2027-03-01T00:00:00Z", "0.000003"),
    ]
    assert empty_book.problems() == []


def test_a_later_edition_appends_and_ends_the_old_row(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    run(empty_book, write_book(tmp_path, gpt_5(BASE)))
    before = empty_book.file("prices").read_bytes()
    later = "2027-02-01T00:00:00Z"
    cheaper = write_book(tmp_path, gpt_5(BASE | {"input_mtok": 1}))
    assert len(run(empty_book, cheaper, later).added) == 1
    assert empty_book.file("prices").read_bytes().startswith(before)
    prices = read_catalog(empty_book.path)["prices"].filter(pl.col("meter") == "input_uncached")
    assert str(prices.sort("valid_from_at")["valid_to_at"][0]).startswith("2027-02-01")


def test_a_band_that_the_book_dropped_costs_the_base_price(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    banded = BASE | {"input_mtok": {"base": 1.25, "tiers": [{"start": 200_000, "price": 2.5}]}}
    dated = [
        {"prices": banded},
        {"constraint": {"start_date": "2027-03-13"}, "prices": BASE},
    ]
    run(empty_book, write_book(tmp_path, gpt_5(dated)))
    assert rows_of(empty_book, "input_uncached", "200000") == [
        (NEW_YEAR, "0.0000025"),
        ("2027-03-13T00:00:00Z", "0.00000125"),
    ]
    assert rows_of(empty_book, "input_uncached") == [(NEW_YEAR, "0.00000125")]
    assert run(empty_book, write_book(tmp_path, gpt_5(BASE)), "2027-04-01T00:00:00Z").added == ()


def test_a_price_that_the_book_dropped_stays_and_is_named(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    run(empty_book, write_book(tmp_path, gpt_5(BASE | {"cache_read_mtok": 0.125})))
    plan = run(empty_book, write_book(tmp_path, gpt_5(BASE)), "2027-02-01T00:00:00Z")
    assert (plan.added, plan.withdrawn) == ((), (("gpt-5", "cache_read", "default", 0, ""),))


def test_an_operators_own_price_survives_an_unchanged_book(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    book = write_book(tmp_path, gpt_5(BASE))
    run(empty_book, book)
    own = {"price_id": "own", "unit_price": "0.000009", "source": "operator"}
    empty_book.copy_row("prices", 2, **own, valid_from_at="2027-01-15T00:00:00Z")
    assert run(empty_book, book, "2027-02-01T00:00:00Z").added == ()


def test_a_price_is_never_changed_for_the_past(empty_book: CatalogFolder, tmp_path: Path) -> None:
    dated = [
        {"prices": BASE},
        {"constraint": {"start_date": "2027-03-01"}, "prices": BASE | {"input_mtok": 1}},
    ]
    run(empty_book, write_book(tmp_path, gpt_5(dated)))
    before = empty_book.file("prices").read_bytes()
    dated[1]["prices"] = BASE | {"input_mtok": 7}
    with pytest.raises(MeterbookError, match="already has a price from 2027-03-01"):
        run(empty_book, write_book(tmp_path, gpt_5(dated)), "2027-02-01T00:00:00Z")
    assert empty_book.file("prices").read_bytes() == before


def test_a_row_that_starts_together_with_another_sources_is_refused(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    path = tmp_path / "map.json"
    path.write_text('{"gpt-5": {"input_cost_per_token": 1e-06, "output_cost_per_token": 1e-05}}')
    import_litellm(
        path, empty_book.path, edition="1", valid_from=NEW_YEAR, checked=date(2026, 12, 1)
    )
    before = empty_book.file("prices").read_bytes()
    with pytest.raises(CatalogError, match=r"row 2, field valid_from_at: .* by 'litellm 1'"):
        run(empty_book, write_book(tmp_path, gpt_5(BASE)))
    assert empty_book.file("prices").read_bytes() == before
    assert (
        len(run(empty_book, write_book(tmp_path, gpt_5(BASE)), "2027-01-02T00:00:00Z").added) == 3
    )


def test_a_threshold_off_the_ladder_is_refused(empty_book: CatalogFolder, tmp_path: Path) -> None:
    odd = {"input_mtok": {"base": 1, "tiers": [{"start": 199_999, "price": 2}]}}
    with pytest.raises(CatalogError, match="Append 199999 to the ladder"):
        run(empty_book, write_book(tmp_path, gpt_5(odd)))
    assert not empty_book.file("prices").exists()


@pytest.mark.parametrize(
    "match",
    [
        {"starts_with": "GPT-5"},
        {"ends_with": "2025-08-07"},
        {"contains": "t-5-20"},
        {"regex": r"^gpt-5-\d{4}"},
        {"and": [{"starts_with": "gpt"}, {"or": [{"equals": "x"}, {"equals": "gpt-5"}]}]},
    ],
)
def test_a_model_is_found_by_the_books_own_rules(
    empty_book: CatalogFolder, tmp_path: Path, match: object
) -> None:
    plan = run(empty_book, write_book(tmp_path, {"id": "five", "match": match, "prices": BASE}))
    assert {price.key[0] for price in plan.added} >= {"gpt-5"}


@pytest.mark.parametrize(
    "match", [{"regex": "(?!x)"}, {"regex": "("}, {"sounds_like": "gpt"}, {"or": 5}, "gpt", {}]
)
def test_a_rule_that_cannot_be_read_is_named_and_not_passed_over(
    empty_book: CatalogFolder, tmp_path: Path, match: object
) -> None:
    """A later, wider rule could have another model's price."""
    wide = {"id": "any", "match": {"contains": "gpt"}, "prices": BASE}
    plan = run(empty_book, write_book(tmp_path, {"id": "odd", "match": match}, wide))
    assert plan.added == ()
    named = {each.model_id for each in plan.left_out if "is not understood" in each.why}
    assert named == {"gpt-5", "gpt-5-mini", "gpt-5-nano", "gpt-4.1"}


def test_a_pattern_that_would_run_for_ever_does_not(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    slow = {"id": "slow", "match": {"regex": "^(([a-z0-9.-])+.)+[A-Z]([a-z])+$"}, "prices": BASE}
    assert run(empty_book, write_book(tmp_path, slow)).added == ()


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        "null",
        '[{"id": "openai"}]',
        '[{"id": 5, "models": []}]',
        '[{"id": "openai", "models": [{"prices": {}}]}]',
        '[{"id": "openai", "models": {}}]',
        "[3]",
        "nonsense",
    ],
)
def test_a_file_that_is_no_book_is_refused(
    empty_book: CatalogFolder, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "book.json"
    path.write_text(content)
    with pytest.raises(MeterbookError, match="not a readable price"):
        run(empty_book, path)
    assert not empty_book.file("prices").exists()


def test_a_file_needs_an_edition_and_the_package_has_one(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    book = write_book(tmp_path, gpt_5(BASE))
    with pytest.raises(MeterbookError, match="does not say its edition"):
        import_genai_prices(
            book, empty_book.path, edition="", valid_from=NEW_YEAR, checked=date(2026, 12, 1)
        )
    assert not empty_book.file("prices").exists()
    assert len(run(empty_book, None).added) > 100
    assert {row["source"][:15] for row in empty_book.rows("prices")} == {"genai-prices 0."}
    assert empty_book.problems() == []


def test_the_package_is_optional(
    empty_book: CatalogFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices.data", None)
    with pytest.raises(MeterbookError, match="is not installed"):
        run(empty_book, None)


def test_the_package_and_its_file_say_the_same(empty_book: CatalogFolder, tmp_path: Path) -> None:
    """The installed book written as JSON, numbers as their text, gives the same rows."""
    from billing.catalog.genai_book import read_book  # noqa: PLC0415 - only this test needs it

    class Exact(json.JSONEncoder):
        def default(self, value: object) -> Any:
            return {"$number": str(value)}

    text = json.dumps(read_book(None), cls=Exact)
    path = tmp_path / "book.json"
    path.write_text(re.sub(r'\{"\$number": "([^"]+)"\}', r"\1", text))
    from_file = import_genai_prices(
        path, empty_book.path, edition="x", valid_from=NEW_YEAR, checked=date(2026, 12, 1)
    )
    empty_book.file("prices").unlink()
    assert run(empty_book, None) == from_file


def _with_hours(starts: str, ends: str) -> dict[str, Any]:
    hours = {"start_time": f"{starts}:00Z", "end_time": f"{ends}:00Z"}
    dearer = {"constraint": hours, "prices": {"input_mtok": 2, "output_mtok": 10}}
    return gpt_5([{"prices": BASE}, dearer])


def _windowed(catalog: CatalogFolder) -> list[tuple[str, str, str]]:
    return [
        (row["price_window_id"], row["valid_from_at"], row["unit_price"])
        for row in catalog.rows("prices")
        if row["price_window_id"]
    ]


def test_hours_that_the_book_dropped_cost_what_all_day_costs(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    later = "2027-02-01T00:00:00Z"
    run(empty_book, write_book(tmp_path, _with_hours("00:30", "16:30")))
    run(empty_book, write_book(tmp_path, gpt_5(BASE)), later)
    assert _windowed(empty_book) == [
        ("utc-0030-1630", NEW_YEAR, "0.000002"),
        ("utc-0030-1630", later, "0.00000125"),
    ]
    assert empty_book.problems() == []


def test_hours_that_moved_wait_until_their_rows_are_ended(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    later = "2027-02-01T00:00:00Z"
    run(empty_book, write_book(tmp_path, _with_hours("00:30", "16:30")))
    moved = write_book(tmp_path, _with_hours("01:00", "17:00"))
    plan = run(empty_book, moved, later)
    (left,) = plan.left_out
    assert (plan.added, left.model_id, left.what) == ((), "gpt-5", "hours")
    assert left.why.startswith("utc-0030-1630 of an earlier edition is utc-0100-1700 now")
    row = empty_book.row_of("prices", price_window_id="utc-0030-1630")
    empty_book.change("prices", row, valid_to_at=later)
    run(empty_book, moved, later)
    assert _windowed(empty_book)[1:] == [("utc-0100-1700", later, "0.000002")]
    assert empty_book.problems() == []


def test_a_window_of_the_same_name_with_other_hours_is_refused(
    empty_book: CatalogFolder, tmp_path: Path
) -> None:
    window = {"price_window_id": "utc-0030-1630", "starts_time": "00:30", "ends_time": "16:30"}
    empty_book.write("price_windows", [window | {"weekdays": "mon", "zone": "UTC"}])
    with pytest.raises(CatalogError, match=r"price_windows\.csv, row 2, .* not what its name says"):
        run(empty_book, write_book(tmp_path, _with_hours("00:30", "16:30")))
    assert not empty_book.file("prices").exists()
    empty_book.write("price_windows", [window | {"weekdays": "", "zone": "UTC"}])
    run(empty_book, write_book(tmp_path, _with_hours("00:30", "16:30")))
    assert len(empty_book.rows("price_windows")) == 1
