"""Subscriptions that change into one another, and rows that say so wrongly."""

from collections.abc import Callable
from datetime import date

import pytest

from billing.catalog import read_catalog
from billing.catalog.chains import instants_of, with_changes
from billing.errors import Problem

from .conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]
COLUMNS = ("starts_at", "ends_at", "changed_from")


def changed(catalog: CatalogFolder, *rows: dict[str, str]) -> list[int]:
    """Let sub_indigo_1, open since 11 April, in London, be followed by these; their row numbers."""
    own = [{**dict.fromkeys(COLUMNS, ""), **row} for row in catalog.rows("subscriptions")]
    first = next(row for row in own if row["subscription_id"] == "sub_indigo_1")
    first |= {"ends_date": "2026-11-06", "ends_at": "2026-11-06T10:00:00Z"}
    new = [{**first, "ends_date": "", "ends_at": "", **row} for row in rows]
    catalog.write("subscriptions", [*own, *new])
    return [len(own) + number for number in range(2, len(rows) + 2)]


SECOND = {
    "subscription_id": "sub_indigo_2",
    "starts_date": "2026-11-06",
    "starts_at": "2026-11-06T10:00:00Z",
    "changed_from": "sub_indigo_1",
}


def test_a_change_goes_on_at_the_instant(catalog: CatalogFolder) -> None:
    changed(catalog, SECOND)
    assert catalog.problems() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"starts_at": "2026-11-06T10:00:01Z"},
        {"starts_at": "2026-11-07T10:00:00Z", "starts_date": "2026-11-07"},
        {"changed_from": "sub_juniper_1"},
    ],
)
def test_a_change_with_a_gap_or_from_another_customer_is_named(
    catalog: CatalogFolder, refused: Refused, wrong: dict[str, str]
) -> None:
    (row,) = changed(catalog, SECOND | wrong)
    assert "this one is of org_indigo" in refused("subscriptions", row, "changed_from").message


def test_a_change_from_nothing_is_named(catalog: CatalogFolder, refused: Refused) -> None:
    (row,) = changed(catalog, SECOND | {"changed_from": "sub_ghost"})
    assert "is not in subscriptions.csv" in refused("subscriptions", row, "changed_from").message


def test_one_is_changed_once(catalog: CatalogFolder) -> None:
    noon = {"ends_date": "2026-11-06", "ends_at": "2026-11-06T12:00:00Z"}
    third = {"subscription_id": "sub_indigo_3", "starts_at": "2026-11-06T12:00:00Z"}
    _, row = changed(catalog, SECOND | noon, SECOND | third)
    problems = {(each.row, each.message) for each in catalog.problems()}
    assert (row, f"sub_indigo_1 was changed by row {row - 1} already") in problems


def test_only_what_was_changed_may_end_on_its_first_day(
    catalog: CatalogFolder, refused: Refused
) -> None:
    noon = {"ends_date": "2026-11-06", "ends_at": "2026-11-06T12:00:00Z"}
    third = {"subscription_id": "sub_indigo_3", "starts_at": "2026-11-06T12:00:00Z"}
    changed(catalog, SECOND | noon, SECOND | third | {"changed_from": "sub_indigo_2"})
    assert catalog.problems() == []
    rows = catalog.rows("subscriptions")
    kept = [row for row in rows if row["subscription_id"] != "sub_indigo_3"]
    catalog.write("subscriptions", kept)
    row = catalog.row_of("subscriptions", subscription_id="sub_indigo_2")
    assert "the day it begins on" in refused("subscriptions", row, "ends_date").message


def test_those_of_one_day_do_not_overlap_within_it(catalog: CatalogFolder) -> None:
    noon = {"ends_date": "2026-11-06", "ends_at": "2026-11-06T12:00:00Z"}
    early = {
        "subscription_id": "sub_indigo_3",
        "starts_at": "2026-11-06T11:59:59Z",
        "changed_from": "",
    }
    second = {**SECOND, **noon}
    _, row = changed(catalog, second, SECOND | early)
    messages = [each.message for each in catalog.problems() if each.row == row]
    assert messages == [f"begins before row {row - 1} has ended, at 2026-11-06 12:00:00.000000 UTC"]


def test_periods_and_keys_are_those_of_the_first_of_them(catalog: CatalogFolder) -> None:
    noon = {"ends_date": "2026-11-06", "ends_at": "2026-11-06T12:00:00Z"}
    third = {
        "subscription_id": "sub_indigo_3",
        "kind": "custom",
        "plan_id": "",
        "starts_at": "2026-11-06T12:00:00Z",
        "changed_from": "sub_indigo_2",
    }
    changed(catalog, SECOND | noon, SECOND | third)
    catalog.copy_row(
        "subscription_items",
        catalog.row_of("subscription_items", subscription_id="sub_lumen_1", model_id="qwen-max"),
        subscription_id="sub_indigo_3",
    )
    tables = read_catalog(catalog.path)
    sold = with_changes(instants_of(tables["subscriptions"], tables["billing_profiles"]))
    told = {
        row["subscription_id"]: (row["counted_from_date"], row["keys_from_id"], row["changed_date"])
        for row in sold.to_dicts()
        if row["organization_id"] == "org_indigo"
    }
    april, changed_on, never = date(2026, 4, 11), date(2026, 11, 6), date(9999, 12, 31)
    assert told == {
        "sub_indigo_1": (april, "sub_indigo_1", changed_on),
        "sub_indigo_2": (april, "sub_indigo_1", changed_on),
        "sub_indigo_3": (april, "sub_indigo_3", never),
    }
