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
