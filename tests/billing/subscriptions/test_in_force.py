"""The operator's files and the books as one catalog."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from billing.books import Books
from billing.catalog import check_catalog, read_catalog
from billing.errors import CatalogError
from billing.subscriptions import (
    Customer,
    CustomerFiles,
    catalog_in_force,
    read_customer_files,
    write_in_force,
)
from billing.subscriptions.keys import regenerate_key
from billing.subscriptions.orders import plan_order
from billing.subscriptions.subscribing import cancel, subscribe
from tests.billing.subscriptions.conftest import NOON, act


def rows(folder: Path, name: str) -> dict[str, dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {next(iter(row.values())): row for row in csv.DictReader(file)}


def edit(folder: Path, file_name: str, row_id: str, **changes: str) -> None:
    path = folder / f"{file_name}.csv"
    changed = rows(folder, file_name)
    changed[row_id] |= changes
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(changed[row_id]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(changed.values())


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "warehouse").mkdir()
    return tmp_path / "warehouse" / "catalog"


@pytest.fixture
def busy(books: Books, files: CustomerFiles, indigo: Customer, fjord: Customer) -> Iterator[Books]:
    """Books after a regeneration, a cancellation and a new subscription."""
    regenerate_key(books, files, indigo, "key_indigo_01", act())
    cancel(books, files, indigo, "sub_indigo_1", act())
    order = plan_order(files, "plan_studio", "USD")
    subscribe(books, files, fjord, order, act(), project_id="proj_fjord_app", months=1)
    return books


def test_without_acts_it_is_the_operators_own_folder(
    catalog: Path, books: Books, target: Path
) -> None:
    target.mkdir()
    assert write_in_force(catalog, books, target) == catalog
    assert not target.exists()


def test_it_holds_what_was_decided_and_links_to_all_else(
    catalog: Path, busy: Books, target: Path
) -> None:
    assert write_in_force(catalog, busy, target) == target
    assert check_catalog(target) == []
    keys, bought = rows(target, "api_keys"), rows(target, "subscriptions")
    assert keys["key_indigo_01"]["valid_to_at"] == "2026-11-10T12:00:00Z"
    assert keys["key_indigo_01.r2"]["valid_from_at"] == "2026-11-10T12:00:00Z"
    assert keys["key_fjord_05"]["subscription_id"] == "sub_fjord_1"
    assert bought["sub_indigo_1"]["ends_date"] == "2026-11-11"
    assert bought["sub_indigo_1"]["ends_at"] == "2026-11-11T00:00:00Z"
    fjord = bought["sub_fjord_1"]
    assert (fjord["starts_date"], fjord["starts_at"]) == ("2026-11-10", "2026-11-10T12:00:00Z")
    assert (fjord["ends_date"], fjord["ends_at"]) == ("2026-12-10", "2026-12-10T12:00:00Z")
    assert (target / "prices.csv").readlink() == (catalog / "prices.csv").absolute()
    names = {path.name for path in catalog.iterdir()}
    assert {path.name for path in target.iterdir()} == names


def test_rows_that_nothing_happened_to_are_as_written(
    catalog: Path, busy: Books, target: Path
) -> None:
    write_in_force(catalog, busy, target)
    for name in ("api_keys", "subscriptions", "subscription_items"):
        before, after = rows(catalog, name), rows(target, name)
        untouched = before.keys() - {"key_indigo_01", "sub_indigo_1"}
        assert {row_id: before[row_id].items() - after[row_id].items() for row_id in untouched} == {
            row_id: set() for row_id in untouched
        }
        assert list(after)[: len(before)] == list(before)


def test_writing_it_again_replaces_it_and_leaves_the_originals(
    catalog: Path, busy: Books, target: Path
) -> None:
    before = {path.name: path.read_bytes() for path in catalog.iterdir()}
    first = {
        path.name: path.read_bytes() for path in write_in_force(catalog, busy, target).iterdir()
    }
    second = {
        path.name: path.read_bytes() for path in write_in_force(catalog, busy, target).iterdir()
    }
    assert first == second
    assert {path.name: path.read_bytes() for path in catalog.iterdir()} == before


def test_a_folder_left_half_written_is_no_hindrance(
    catalog: Path, busy: Books, target: Path
) -> None:
    left = target.with_name(".catalog.new")
    left.mkdir()
    (left / "prices.csv").write_text("half")
    write_in_force(catalog, busy, target)
    assert check_catalog(target) == []
    assert not left.exists()


def test_a_row_that_the_books_keep_is_not_edited_in_its_file(
    catalog: Path, busy: Books, target: Path
) -> None:
    kept = write_in_force(catalog, busy, target) / "api_keys.csv"
    before = kept.read_bytes()
    edit(catalog, "api_keys", "key_indigo_02", name="Other")
    edit(catalog, "subscriptions", "sub_indigo_1", ends_date="2027-01-01")
    with pytest.raises(CatalogError) as refused:
        write_in_force(catalog, busy, target)
    assert [(each.file, each.field) for each in refused.value.problems] == [
        ("subscriptions.csv", "subscription_id"),
        ("api_keys.csv", "api_key_id"),
    ]
    assert "Put the row back" in str(refused.value)
    assert kept.read_bytes() == before


def test_nor_by_the_next_act(catalog: Path, busy: Books, indigo: Customer) -> None:
    edit(catalog, "api_keys", "key_indigo_02", name="Other")
    edited = read_customer_files(catalog)
    with pytest.raises(CatalogError, match="key_indigo_02 is kept in the books"):
        regenerate_key(busy, edited, indigo, "key_indigo_02", act(NOON + timedelta(days=1)))


def test_rows_of_others_may_still_be_edited(catalog: Path, busy: Books, target: Path) -> None:
    edit(catalog, "subscriptions", "sub_juniper_1", ends_date="2027-07-05")
    write_in_force(catalog, busy, target)
    assert rows(target, "subscriptions")["sub_juniper_1"]["ends_date"] == "2027-07-05"


def test_a_new_row_of_a_file_counts_before_the_books_take_it_over(
    catalog: Path, busy: Books, target: Path
) -> None:
    path = catalog / "api_keys.csv"
    line = next(line for line in path.read_text().splitlines() if line.startswith("key_fjord_04,"))
    new = line.replace("key_fjord_04", "key_fjord_77").replace(line.split(",")[5], "f" * 64)
    path.write_text(path.read_text() + new + "\n")
    write_in_force(catalog, busy, target)
    assert "key_fjord_77" in rows(target, "api_keys")


def test_a_row_of_a_file_beside_one_of_the_books_is_refused_by_name(
    catalog: Path, busy: Books, target: Path
) -> None:
    """Somebody else subscribed the same customer through the files."""
    path = catalog / "subscriptions.csv"
    path.write_text(path.read_text() + "sub_other,org_fjord,plan,plan_studio,USD,2026-11-20,\n")
    problems = check_catalog(write_in_force(catalog, busy, target))
    assert any("overlaps row" in problem.message for problem in problems)


def test_a_missing_file_is_named_in_the_operators_folder(
    catalog: Path, busy: Books, target: Path
) -> None:
    (catalog / "prices.csv").unlink()
    with pytest.raises(CatalogError, match=f"prices.csv: is missing in {catalog}"):
        write_in_force(catalog, busy, target)


def test_a_look_at_a_folder_named_by_two_dots_removes_nothing_else(
    catalog: Path,
    books: Books,
    files: CustomerFiles,
    indigo: Customer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What somebody typed after `whatif --catalog`; its last part named what was removed first."""
    beside = catalog.parent / "scratch" / "of another program"
    beside.mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(beside.parent))
    (catalog / "formats").mkdir(exist_ok=True)
    dots = catalog / "formats" / ".."
    with catalog_in_force(dots, books) as folder:
        assert folder == dots
    assert beside.is_dir()
    regenerate_key(books, files, indigo, "key_indigo_01", act())
    with catalog_in_force(dots, books) as folder:
        assert "key_indigo_01.r2" in set(read_catalog(folder)["api_keys"]["api_key_id"])
    assert beside.is_dir()


def test_a_look_at_it_leaves_nothing(catalog: Path, busy: Books) -> None:
    with catalog_in_force(catalog, busy) as folder:
        tables = read_catalog(folder)
        assert "key_indigo_01.r2" in set(tables["api_keys"]["api_key_id"])
    assert not folder.exists()
