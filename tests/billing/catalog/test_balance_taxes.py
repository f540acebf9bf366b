"""A balance that was posted to is not taxed at another moment afterwards."""

import pytest

from billing.catalog.balance_taxes import changed_taxes, payments_under

from .conftest import CatalogFolder


@pytest.mark.parametrize(
    ("posted", "now", "is_named"),
    [
        ("top_up", "", False),
        ("top_up", "top_up", False),
        ("top_up", "elsewhere", False),
        ("top_up", "consumption", True),
        ("consumption", "consumption", False),
        ("consumption", "", True),
        ("consumption", "top_up", True),
        ("consumption", "elsewhere", True),
    ],
)
def test_a_rule_of_tax_that_changed_is_named_with_the_way_out(
    catalog: CatalogFolder, posted: str, now: str, is_named: bool
) -> None:
    profiles = [row | {"tax_at": ""} for row in catalog.rows("billing_profiles")]
    profiles[1]["tax_at"] = now
    catalog.write("billing_profiles", profiles)
    owner = profiles[1]["organization_id"]
    found = changed_taxes(catalog.path, {owner: posted}, {}, "Begin anew.")
    assert [(each.file, each.row, each.field) for each in found] == (
        [("billing_profiles.csv", 3, "tax_at")] if is_named else []
    )
    for each in found:
        assert each.message.startswith(f"is {now or 'empty'}, and the balance of {owner} has mov")
        assert f"posted under {posted}" in each.message
        assert each.remedy == "Begin anew."


def test_what_was_never_posted_nor_paid_to_may_change(catalog: CatalogFolder) -> None:
    profiles = [row | {"tax_at": "consumption"} for row in catalog.rows("billing_profiles")]
    catalog.write("billing_profiles", profiles)
    assert changed_taxes(catalog.path, {}, {}, "") == []


def test_a_file_that_is_no_table_has_no_problem_here(catalog: CatalogFolder) -> None:
    catalog.file("billing_profiles").write_bytes(b"\xff\xfe")
    assert changed_taxes(catalog.path, {"org_fjord": "consumption"}, {}, "") == []


def test_a_payment_holds_its_balance_to_the_rule_it_was_recorded_under(
    catalog: CatalogFolder,
) -> None:
    profiles = [row | {"tax_at": "consumption"} for row in catalog.rows("billing_profiles")]
    catalog.write("billing_profiles", profiles)
    paid = next(row for row in catalog.rows("top_ups") if row["kind"] == "purchased")
    owner, top_up_id = paid["organization_id"], paid["top_up_id"]
    (named,) = changed_taxes(catalog.path, {}, {(owner, top_up_id): "top_up"}, "Begin anew.")
    place = [row["organization_id"] for row in profiles].index(owner)
    assert (named.row, named.field) == (place + 2, "tax_at")
    assert f"{owner} has the payment {top_up_id}, which was recorded under top_up" in named.message
    assert changed_taxes(catalog.path, {}, {(owner, top_up_id): "consumption"}, "") == []
    assert changed_taxes(catalog.path, {}, {(owner, "taken_out"): "top_up"}, "") == []
    assert changed_taxes(catalog.path, {}, {("org_other", top_up_id): "top_up"}, "") == []


def test_only_payments_are_remembered_and_no_gifts(catalog: CatalogFolder) -> None:
    rows = catalog.rows("top_ups")
    catalog.write("top_ups", [rows[0] | {"kind": "promotional"}, *rows[1:]])
    found = payments_under(catalog.path)
    owner = rows[0]["organization_id"]
    assert (owner, rows[0]["top_up_id"]) not in found
    assert set(found.values()) == {"top_up"}
    assert len(found) == sum(row["kind"] == "purchased" for row in rows[1:])
