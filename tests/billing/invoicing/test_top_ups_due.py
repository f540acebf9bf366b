"""Which top-ups a month invoices, and of which invoices it may give back."""

import pytest

from billing.books import Books
from billing.errors import BooksError
from billing.invoicing.snapshot import write_snapshot
from billing.invoicing.watermarks import plan_watermarks
from billing.periods import BillingMonth
from tests.billing.invoicing.marts_of_october import insert
from tests.billing.invoicing.run import OCTOBER, ORGANIZATIONS
from tests.billing.invoicing.top_up_rows import NOVEMBER, TOP_1, TOP_2, Warehouse, finalize


def look_into(books: Books, warehouse: Warehouse, month: BillingMonth = OCTOBER) -> None:
    plan = plan_watermarks(books, month, ORGANIZATIONS, 3, use_drafts=False)
    write_snapshot(warehouse, books, plan)


def due(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return warehouse.execute(
        "select top_up_id, number from books.top_up_due order by all"
    ).fetchall()


def test_a_top_up_is_due_once_also_when_it_is_entered_late(
    books: Books, invoiced: Warehouse
) -> None:
    look_into(books, invoiced)
    assert due(invoiced) == [("top_1", ""), ("top_2", "")]
    invoiced.execute(
        "insert into catalog.top_ups (top_up_id, organization_id, occurred_at, currency, amount, "
        "invoiced_as) values ('next', 'org_fjord', '2026-10-31 23:00', 'USD', 5, '')"
    )
    look_into(books, invoiced)
    assert due(invoiced) == [("top_1", ""), ("top_2", "")]
    finalize(books, invoiced)
    invoiced.execute(
        "insert into catalog.top_ups (top_up_id, organization_id, occurred_at, currency, amount, "
        "invoiced_as) values ('late', 'org_fjord', '2026-10-31 22:59:59', 'USD', 7, '')"
    )
    look_into(books, invoiced)
    assert due(invoiced) == [("top_1", "TI-2026-000001"), ("top_2", "TI-2026-000002")]
    look_into(books, invoiced, NOVEMBER)
    assert due(invoiced) == [("late", ""), ("next", "")]


def test_a_month_closed_before_there_were_invoices_stays_without(
    books: Books, warehouse: Warehouse
) -> None:
    finalize(books, warehouse)
    warehouse.execute("update catalog.top_ups set invoiced_as = ''")
    look_into(books, warehouse)
    assert due(warehouse) == []
    look_into(books, warehouse, NOVEMBER)
    assert due(warehouse) == []


def invoiced_elsewhere(warehouse: Warehouse) -> None:
    warehouse.execute("update catalog.billing_profiles set tax_at = 'elsewhere'")


def test_of_whom_another_system_invoices_every_top_up_there_is_none(
    books: Books, invoiced: Warehouse
) -> None:
    invoiced_elsewhere(invoiced)
    look_into(books, invoiced)
    assert due(invoiced) == []
    with pytest.raises(BooksError, match=r"posts the top-ups none and\s+invoices top_1, top_2;"):
        finalize(books, invoiced)
    invoiced.execute("delete from finance.fct_top_up_documents")
    assert finalize(books, invoiced) == ("ST-2026-000001",)
    invoiced.execute("update catalog.billing_profiles set tax_at = 'top_up'")
    look_into(books, invoiced, NOVEMBER)
    assert due(invoiced) == []


def test_what_was_invoiced_here_stays_so_when_another_system_takes_over(
    books: Books, invoiced: Warehouse
) -> None:
    finalize(books, invoiced)
    invoiced_elsewhere(invoiced)
    look_into(books, invoiced)
    assert due(invoiced) == [("top_1", "TI-2026-000001"), ("top_2", "TI-2026-000002")]
    invoiced.execute(
        "insert into catalog.top_ups (top_up_id, organization_id, occurred_at, currency, amount, "
        "invoiced_as) values ('late', 'org_fjord', '2026-10-31 22:59:59', 'USD', 7, '')"
    )
    look_into(books, invoiced, NOVEMBER)
    assert due(invoiced) == []


def test_what_is_left_is_told_of_whom_something_is_refunded(
    books: Books, invoiced: Warehouse
) -> None:
    finalize(books, invoiced)
    left = (
        "select top_up_id, number, taxable_left_amount, tax_left_amount from books.top_up_invoice"
    )
    look_into(books, invoiced, NOVEMBER)
    assert invoiced.execute(left).fetchall() == []
    insert(
        invoiced,
        "catalog.balance_movements",
        movement_id="back",
        organization_id="org_fjord",
        occurred_at="2026-11-10 10:00:00",
        kind="refund",
        currency="USD",
        amount="1",
    )
    look_into(books, invoiced, NOVEMBER)
    rows = [tuple(map(str, row)) for row in invoiced.execute(left).fetchall()]
    assert rows == [
        ("top_1", "TI-2026-000001", "90.000", "17.100"),
        ("top_2", "TI-2026-000002", "50.000", "9.500"),
    ]
    invoiced.execute("delete from catalog.top_ups where top_up_id = 'top_1'")
    invoiced.execute("update catalog.top_ups set occurred_at = '2026-10-30', reference = 'other'")
    look_into(books, invoiced, NOVEMBER)
    told = "select top_up_id, occurred_at, reference, currency from books.top_up_invoice"
    rows = [tuple(map(str, row)) for row in invoiced.execute(told).fetchall()]
    assert rows == [
        ("top_1", TOP_1[1], "Card 9", "USD"),
        ("top_2", TOP_2[1], "Card 9", "USD"),
    ]
