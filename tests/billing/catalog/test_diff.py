"""Two catalogs are compared row by row, by what they say and not how they write it."""

from pathlib import Path

import pytest

from billing.catalog.diff import RowChange, diff_catalogs
from billing.catalog.files import FILES
from billing.errors import CatalogError, MeterbookError

from .conftest import SAMPLE, CatalogFolder

GPT_5 = {"model_id": "gpt-5", "meter": "input_uncached", "service_tier": "default"}


def only_change(catalog: CatalogFolder) -> RowChange:
    (change,) = diff_catalogs(SAMPLE, catalog.path)
    return change


def test_a_catalog_does_not_differ_from_itself(catalog: CatalogFolder) -> None:
    assert diff_catalogs(SAMPLE, catalog.path) == []


def test_spelling_and_order_are_no_difference(catalog: CatalogFolder) -> None:
    rows = catalog.rows("prices")
    for row in rows:
        row["unit_price"] += "" if len(row["unit_price"].partition(".")[2]) > 11 else "0"
    columns = list(rows[0])[::-1]
    catalog.write("prices", [{name: row[name] for name in columns} for row in rows[::-1]])
    assert diff_catalogs(SAMPLE, catalog.path) == []


def test_an_added_price_stands_beside_the_one_it_replaces(catalog: CatalogFolder) -> None:
    """1.25 to 1.5 per million: 0.25 / 1.25 = 20 %."""
    row = catalog.row_of("prices", **GPT_5)
    new = {"price_id": "new", "unit_price": "0.0000015", "valid_from_at": "2026-12-01T00:00:00Z"}
    number = catalog.copy_row("prices", row, **new)
    assert only_change(catalog) == RowChange(
        file="prices.csv",
        kind="added",
        key="new",
        row=number,
        about="gpt-5 input_uncached default 0 USD",
        field="unit_price",
        old="0.00000125",
        new="0.0000015",
        percent="20.00",
        starts="2026-12-01T00:00:00Z",
    )


@pytest.mark.parametrize(
    ("price", "percent"),
    [
        ("0.00000041", "-67.20"),
        ("0", "-100.00"),
        ("0.000001250062", "0.00"),
        ("0.000001250063", "0.01"),
        ("0.000001249937", "-0.01"),
    ],
)
def test_percent_is_rounded_half_away_from_zero(
    catalog: CatalogFolder, price: str, percent: str
) -> None:
    """A half of 0.01 % of 0.00000125 is 0.0000000000625: 62 parts are below it, 63 above."""
    row = catalog.row_of("prices", **GPT_5)
    catalog.change("prices", row, unit_price=price)
    assert only_change(catalog).percent == percent


def test_the_first_price_of_a_band_replaces_the_price_without_one(catalog: CatalogFolder) -> None:
    row = catalog.row_of("prices", **GPT_5)
    new = {"price_id": "band", "context_above_tokens": "272000", "unit_price": "0.0000025"}
    catalog.copy_row("prices", row, **new, valid_from_at="2026-12-01T00:00:00Z")
    change = only_change(catalog)
    assert (change.kind, change.old, change.new) == ("added", "0.00000125", "0.0000025")
    assert change.percent == "100.00"


def test_a_price_after_a_pause_replaces_nothing(catalog: CatalogFolder) -> None:
    row = catalog.row_of("prices", **GPT_5)
    catalog.change("prices", row, valid_to_at="2026-11-01T00:00:00Z")
    new = {"price_id": "new", "valid_from_at": "2026-12-01T00:00:00Z", "valid_to_at": ""}
    catalog.copy_row("prices", row, **new)
    ended, added = diff_catalogs(SAMPLE, catalog.path)
    assert (ended.kind, ended.field, ended.old, ended.new) == (
        "ended",
        "valid_to_at",
        "",
        "2026-11-01T00:00:00Z",
    )
    assert (added.kind, added.old, added.percent) == ("added", "", "")


def test_a_changed_field_is_named_with_both_values(catalog: CatalogFolder) -> None:
    row = catalog.row_of("discounts", discount_id="disc_aurora_all")
    catalog.change("discounts", row, discount_pct="0.125", name="Rabatt")
    name, pct = diff_catalogs(SAMPLE, catalog.path)
    assert (name.kind, name.field, name.new, name.percent) == ("changed", "name", "Rabatt", "")
    assert (pct.field, pct.old, pct.new, pct.percent) == ("discount_pct", "0.1", "0.125", "25.00")
    assert pct.row == row


def test_a_removed_row_is_named_with_where_it_stood(catalog: CatalogFolder) -> None:
    rows = catalog.rows("tax_rates")
    catalog.write("tax_rates", rows[1:])
    change = only_change(catalog)
    assert (change.kind, change.row, change.key) == ("removed", 2, rows[0]["tax_rate_id"])
    assert change.new == ""


def test_a_file_of_one_side_only_is_all_added_or_removed(
    catalog: CatalogFolder, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    rows = sum(len(catalog.rows(name)) for name in FILES if catalog.file(name).exists())
    for old, new, kind in ((empty, SAMPLE, "added"), (SAMPLE, empty, "removed")):
        changes = diff_catalogs(old, new)
        assert {change.kind for change in changes} == {kind}
        assert len(changes) == rows


def test_broken_files_are_refused_with_their_folder_all_at_once(catalog: CatalogFolder) -> None:
    catalog.change("prices", 2, unit_price="1e-6")
    catalog.copy_row("organizations", 2)
    catalog.file("plans").write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogError) as refused:
        diff_catalogs(SAMPLE, catalog.path)
    assert sorted({problem.file for problem in refused.value.problems}) == [
        str(catalog.file(name)) for name in ("organizations", "plans", "prices")
    ]


def test_what_is_no_folder_is_refused(catalog: CatalogFolder, tmp_path: Path) -> None:
    with pytest.raises(MeterbookError, match="nowhere is not a folder"):
        diff_catalogs(catalog.path, tmp_path / "nowhere")
