"""A balance that was posted to is not taxed at another moment afterwards."""

import pytest

from billing.catalog.balance_taxes import changed_taxes, payments_under
from billing.taxed_balances import REMEDY, ROW_REMEDY, KeptTaxes

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
    found = changed_taxes(catalog.path, KeptTaxes({owner: posted}))
    assert [(each.file, each.row, each.field) for each in found] == (
        [("billing_profiles.csv", 3, "tax_at")] if is_named else []
    )
    for each in found:
        assert each.message.startswith(f"is {now or 'empty'}, and the balance of {owner} has mov")
        assert f"posted under {posted}" in each.message
        assert each.remedy == REMEDY


def test_what_was_never_posted_nor_paid_to_may_change(catalog: CatalogFolder) -> None:
    profiles = [row | {"tax_at": "consumption"} for row in catalog.rows("billing_profiles")]
    catalog.write("billing_profiles", profiles)
    assert changed_taxes(catalog.path, KeptTaxes()) == []


def test_a_file_that_is_no_table_has_no_problem_here(catalog: CatalogFolder) -> None:
    catalog.file("billing_profiles").write_bytes(b"\xff\xfe")
    assert changed_taxes(catalog.path, KeptTaxes({"org_fjord": "consumption"})) == []


def test_a_payment_holds_its_balance_to_the_rule_it_was_recorded_under(
    catalog: CatalogFolder,
) -> None:
    profiles = [row | {"tax_at": "consumption"} for row in catalog.rows("billing_profiles")]
    catalog.write("billing_profiles", profiles)
    (_, row), *_ = purchased(catalog)
    owner, top_up_id = row["organization_id"], row["top_up_id"]
    (named,) = changed_taxes(catalog.path, paid({(owner, top_up_id): "top_up"}))
    place = [row["organization_id"] for row in profiles].index(owner)
    assert (named.row, named.field) == (place + 2, "tax_at")
    assert f"{owner} has the payment {top_up_id}, which was recorded under top_up" in named.message
    assert named.remedy.startswith(REMEDY)
    assert "take the row out of top_ups.csv, or give it another id" in named.remedy
    assert changed_taxes(catalog.path, paid({(owner, top_up_id): "consumption"})) == []
    assert changed_taxes(catalog.path, paid({(owner, "taken_out"): "top_up"})) == []
    assert changed_taxes(catalog.path, paid({("org_other", top_up_id): "top_up"})) == []
    by_command = KeptTaxes({}, {(owner, top_up_id): "top_up"}, {owner: [top_up_id]})
    (named,) = changed_taxes(catalog.path, by_command)
    assert named.remedy == REMEDY


def test_a_row_that_was_seen_under_the_other_rule_and_is_put_back_is_named_itself(
    catalog: CatalogFolder,
) -> None:
    """Months posted since, so the profile cannot change: the row has to go."""
    profiles = [row | {"tax_at": "consumption"} for row in catalog.rows("billing_profiles")]
    catalog.write("billing_profiles", profiles)
    (place, row), *_ = purchased(catalog)
    owner, top_up_id = row["organization_id"], row["top_up_id"]
    seen = {(owner, top_up_id): "top_up"}
    (named,) = changed_taxes(catalog.path, KeptTaxes({owner: "consumption"}, seen))
    assert (named.file, named.row, named.field) == ("top_ups.csv", place, "top_up_id")
    assert named.message.startswith(f"{top_up_id} was recorded under top_up, and the balance of")
    assert named.remedy == ROW_REMEDY
    without = [row for row in catalog.rows("top_ups") if row["top_up_id"] != top_up_id]
    catalog.write("top_ups", without)
    assert changed_taxes(catalog.path, KeptTaxes({owner: "consumption"}, seen)) == []


def test_of_payments_under_different_rules_those_are_named_that_are_not_under_the_one_of_now(
    catalog: CatalogFolder,
) -> None:
    """Whatever the profile says, one of them does not go with it: there is a way out by its row."""
    (first, one), (second, other) = purchased(catalog)[:2]
    owner = one["organization_id"]
    assert other["organization_id"] == owner
    kept = paid({(owner, one["top_up_id"]): "top_up", (owner, other["top_up_id"]): "consumption"})
    for now, place in (("consumption", first), ("top_up", second)):
        profiles = [row | {"tax_at": now} for row in catalog.rows("billing_profiles")]
        catalog.write("billing_profiles", profiles)
        (named,) = changed_taxes(catalog.path, kept)
        assert (named.file, named.row, named.remedy) == ("top_ups.csv", place, ROW_REMEDY)


def paid(rules: dict[tuple[str, str], str]) -> KeptTaxes:
    return KeptTaxes({}, rules)


def purchased(catalog: CatalogFolder) -> list[tuple[int, dict[str, str]]]:
    """Payments of top_ups.csv with the row each stands in, those of its first customer first."""
    rows = [
        each for each in enumerate(catalog.rows("top_ups"), 2) if each[1]["kind"] == "purchased"
    ]
    return [each for each in rows if each[1]["organization_id"] == rows[0][1]["organization_id"]]


def test_only_payments_are_remembered_and_no_gifts(catalog: CatalogFolder) -> None:
    rows = catalog.rows("top_ups")
    catalog.write("top_ups", [rows[0] | {"kind": "promotional"}, *rows[1:]])
    found = payments_under(catalog.path)
    owner = rows[0]["organization_id"]
    assert (owner, rows[0]["top_up_id"]) not in found
    assert set(found.values()) == {"top_up"}
    assert len(found) == sum(row["kind"] == "purchased" for row in rows[1:])
