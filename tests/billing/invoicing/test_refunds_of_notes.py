"""A credit note on the invoice of a top-up names the refunds it is for, and no others."""

from datetime import datetime

import pytest

from billing.invoicing.drafts import draft_documents
from tests.billing.invoicing.marts_of_october import insert
from tests.billing.invoicing.run import OCTOBER
from tests.billing.invoicing.top_up_rows import CUSTOMER, TOP_1, Warehouse, document


def refund(warehouse: Warehouse, step: int, lots: dict[str, int], month: str = "2026-10") -> None:
    """A refund at noon of the day of its step, and what it took of lots."""
    movement_id, at, owner = (
        f"back_{step}",
        f"{month}-{step:02} 12:00",
        {"organization_id": CUSTOMER},
    )
    moved = {"movement_id": movement_id, "occurred_at": at, "reference": f"Bank {step}"}
    insert(warehouse, "catalog.balance_movements", **owner, **moved, kind="refund")
    entry = {"entry_kind": "refund", "entry_at": at, "billing_month": f"{month}-01", "amount": -1}
    insert(warehouse, "finance.fct_prepaid_entries", **owner, **entry)
    event = {"step": step, "event_kind": "refund"}
    where = {"occurred_at": at, "movement_id": movement_id}
    insert(warehouse, "intermediate.int_prepaid__lot_events", **owner, **event, **where)
    for lot, pico in lots.items():
        took = {"lot_id": lot, "taken_pico": pico}
        insert(warehouse, "intermediate.int_prepaid__lot_walk", **owner, **event, **took)


@pytest.mark.parametrize(("of_lot", "named"), [("10.00", [4]), ("9.99", [4, 5])])
def test_a_note_names_the_refunds_that_took_of_its_lot(
    warehouse: Warehouse, of_lot: str, named: list[int]
) -> None:
    """What no lot held is of a note that comes to more than its lot; September's are its own."""
    document(warehouse, 1, ("top_1", *TOP_1[1:3], "10.00", "1.90"), "credit_note")
    refund(warehouse, 4, {"top_1": 1, "top_2": 0, "": 0})
    refund(warehouse, 5, {"top_1": 0, "top_2": 0, "": 1})
    refund(warehouse, 6, {"top_1": 0, "top_2": 1, "": 0})
    refund(warehouse, 7, {"top_1": 1}, "2026-09")
    warehouse.execute(
        "update finance.prepaid_lots set refunded_amount = ? where lot_id = 'top_1'", [of_lot]
    )
    note = next(
        each.data["top_up"]
        for each in draft_documents(warehouse, OCTOBER)
        if each.data["kind"] == "credit_note" and each.top_up_id == "top_1"
    )
    assert note["refunds"] == [
        {
            "movement_id": f"back_{step}",
            "occurred_at": datetime.fromisoformat(f"2026-10-{step:02}T12:00:00Z"),
            "reference": f"Bank {step}",
        }
        for step in named
    ]
