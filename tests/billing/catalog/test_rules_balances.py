"""Ends of lots, and movements of balances that do not hold together."""

from collections.abc import Callable

import pytest

from billing.errors import Problem

from .conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]
REFUND = {
    "movement_id": "back_1",
    "organization_id": "org_fjord",
    "occurred_at": "2026-10-20T10:00:00Z",
    "kind": "refund",
    "currency": "USD",
    "amount": "10.00",
    "to_organization_id": "",
    "expires_at": "",
    "reference": "Bank 7",
}
TRANSFER = REFUND | {
    "movement_id": "over_1",
    "kind": "transfer",
    "to_organization_id": "org_harbor",
    "expires_at": "2026-10-20T10:00:01Z",
}


def test_movements_may_be_absent_and_hold_together_when_they_are_there(
    catalog: CatalogFolder,
) -> None:
    assert not catalog.file("balance_movements").exists()
    rest = REFUND | {"movement_id": "rest_1", "kind": "rest"}
    forgiven = REFUND | {"movement_id": "less_1", "kind": "overdraft"}
    catalog.write("balance_movements", [REFUND, TRANSFER, rest, forgiven])
    top_ups = [row | {"expires_at": ""} for row in catalog.rows("top_ups")]
    top_ups[0]["expires_at"] = "2027-01-01T00:00:00Z"
    catalog.write("top_ups", top_ups)
    assert catalog.problems() == []


@pytest.mark.parametrize(
    ("row", "field", "message"),
    [
        (REFUND | {"amount": "0"}, "amount", "is not above zero"),
        (REFUND | {"amount": "-1"}, "amount", "is not a plain number"),
        (REFUND | {"amount": "1.001"}, "amount", "has more decimals than USD"),
        (REFUND | {"currency": "EUR"}, "currency", "is EUR, but it is billed in USD"),
        (REFUND | {"kind": "gift"}, "kind", "is not a known value"),
        (REFUND | {"reference": ""}, "reference", "is empty"),
        (REFUND | {"occurred_at": "yesterday"}, "occurred_at", "is not a UTC instant"),
        (
            REFUND | {"to_organization_id": "org_harbor"},
            "to_organization_id",
            "is of a refund, which goes to nobody",
        ),
        (
            REFUND | {"expires_at": "2027-01-01T00:00:00Z"},
            "expires_at",
            "is of a refund, which makes no lot",
        ),
        (
            TRANSFER | {"to_organization_id": ""},
            "to_organization_id",
            "names no other organization",
        ),
        (
            TRANSFER | {"to_organization_id": "org_fjord"},
            "to_organization_id",
            "names no other organization",
        ),
        (TRANSFER | {"to_organization_id": "org_x"}, "to_organization_id", "is not in organizat"),
        (TRANSFER | {"to_organization_id": "org_aurora"}, "currency", "but it is billed in EUR"),
        (TRANSFER | {"expires_at": "2026-10-20T10:00:00Z"}, "expires_at", "is not after occur"),
        (REFUND | {"movement_id": "topup_fjord_001"}, "movement_id", "is the id of a top-up"),
    ],
)
def test_a_movement_that_does_not_hold_together_is_refused(
    catalog: CatalogFolder, refused: Refused, row: dict[str, str], field: str, message: str
) -> None:
    catalog.write("balance_movements", [row])
    assert message in refused("balance_movements", 2, field).message


def test_a_top_up_that_ends_before_it_came_in_is_refused(
    catalog: CatalogFolder, refused: Refused
) -> None:
    rows = [row | {"expires_at": ""} for row in catalog.rows("top_ups")]
    rows[1]["expires_at"] = rows[1]["occurred_at"]
    catalog.write("top_ups", rows)
    assert "is not after occurred_at" in refused("top_ups", 3, "expires_at").message


def test_a_balance_is_taxed_at_a_known_moment(catalog: CatalogFolder, refused: Refused) -> None:
    profiles = [row | {"tax_at": "top_up"} for row in catalog.rows("billing_profiles")]
    for known in ("top_up", "elsewhere", "consumption", ""):
        profiles[1]["tax_at"] = known
        catalog.write("billing_profiles", profiles)
        assert catalog.problems() == [], known
    profiles[1]["tax_at"] = "never"
    catalog.write("billing_profiles", profiles)
    assert "is not a known value" in refused("billing_profiles", 3, "tax_at").message


def taxed_as_used(catalog: CatalogFolder, *organizations: str) -> None:
    catalog.write(
        "billing_profiles",
        [
            row | {"tax_at": "consumption" if row["organization_id"] in organizations else ""}
            for row in catalog.rows("billing_profiles")
        ],
    )


def test_what_another_system_taxed_is_not_used_with_tax(
    catalog: CatalogFolder, refused: Refused
) -> None:
    top_ups = [row | {"invoiced_as": ""} for row in catalog.rows("top_ups")]
    assert top_ups[0]["kind"] == "purchased"
    top_ups[0]["invoiced_as"] = "OLD-1"
    catalog.write("top_ups", top_ups)
    assert catalog.problems() == []
    taxed_as_used(catalog, top_ups[0]["organization_id"])
    problem = refused("top_ups", 2, "invoiced_as")
    assert "it would be taxed twice" in problem.message
    assert "have that invoice credited first" in problem.remedy


@pytest.mark.parametrize(
    ("taxed", "is_refused"),
    [
        ((), False),
        (("org_fjord",), True),
        (("org_harbor",), True),
        (("org_fjord", "org_harbor"), False),
    ],
)
def test_no_money_moves_between_both_rules_of_tax(
    catalog: CatalogFolder, refused: Refused, taxed: tuple[str, ...], is_refused: bool
) -> None:
    catalog.write("balance_movements", [REFUND, TRANSFER])
    taxed_as_used(catalog, *taxed)
    if is_refused:
        problem = refused("balance_movements", 3, "to_organization_id")
        assert "has another tax_at: the money would be taxed twice or never" in problem.message
    else:
        assert catalog.problems() == []


def test_no_invoice_of_consumption_says_that_it_is_none(
    catalog: CatalogFolder, refused: Refused
) -> None:
    """org_gaucho is row 8; what it pays in is receipted, so its usage alone is named."""
    profiles = catalog.rows("billing_profiles")
    assert profiles[6]["organization_id"] == "org_gaucho"
    profiles[6] |= {"tax_treatment_id": "statement"}
    catalog.write("billing_profiles", [row | {"tax_at": ""} for row in profiles])
    taxed_as_used(catalog, "org_gaucho")
    assert "its usage is invoiced" in refused("billing_profiles", 8, "tax_treatment_id").message


def test_no_invoice_of_a_top_up_says_that_it_is_none(
    catalog: CatalogFolder, refused: Refused
) -> None:
    """org_gaucho is row 8; with invoices of another system for all it paid, nothing is wrong."""
    profiles = catalog.rows("billing_profiles")
    assert profiles[6]["organization_id"] == "org_gaucho"
    profiles[6]["tax_treatment_id"] = "statement"
    catalog.write("billing_profiles", profiles)
    assert "which no invoice can have" in refused("billing_profiles", 8, "tax_treatment_id").message
    elsewhere = [row | {"tax_at": ""} for row in profiles]
    elsewhere[6]["tax_at"] = "elsewhere"
    catalog.write("billing_profiles", elsewhere)
    assert catalog.problems() == []
    catalog.write("billing_profiles", profiles)
    top_ups = [
        row | {"invoiced_as": "OLD-1" if row["kind"] == "purchased" else ""}
        for row in catalog.rows("top_ups")
    ]
    catalog.write("top_ups", top_ups)
    assert catalog.problems() == []


def test_a_gift_was_invoiced_by_nobody(catalog: CatalogFolder, refused: Refused) -> None:
    rows = [row | {"invoiced_as": ""} for row in catalog.rows("top_ups")]
    assert rows[5]["kind"] == "promotional"
    rows[5]["invoiced_as"] = "OLD-1"
    catalog.write("top_ups", rows)
    assert "which nobody paid for" in refused("top_ups", 7, "invoiced_as").message
