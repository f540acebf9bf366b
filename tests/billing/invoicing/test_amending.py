"""Which amendments a month carries out, and what was filed for their months."""

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from billing.books import Books
from billing.books.amendments import Amendment
from billing.errors import BooksError
from billing.invoicing.amending import due_amendments, write_amendments
from billing.invoicing.finalize import finalize_organization
from billing.periods import BillingMonth
from tests.billing.invoicing.marts_of_october import insert
from tests.billing.invoicing.run import OCTOBER, closing_of, finalize_october
from tests.billing.invoicing.test_credit_notes import DECEMBER_5

NOVEMBER = OCTOBER.next
Warehouse = duckdb.DuckDBPyConnection


def record(warehouse: Warehouse, number: int, organization: str, month: str = "2026-10") -> None:
    insert(
        warehouse,
        "catalog.amendments",
        amendment_id=f"amend_{number}",
        organization_id=organization,
        service_month=month,
        reason="Agreed later",
    )


def due(warehouse: Warehouse, books: Books, month: BillingMonth) -> list[str]:
    return [each.amendment_id for each in due_amendments(warehouse, books, month)]


def close_november(warehouse: Warehouse, books: Books) -> None:
    write_amendments(warehouse, books, NOVEMBER, due_amendments(warehouse, books, NOVEMBER), [])
    closing = closing_of(warehouse, books, month=NOVEMBER, clock=DECEMBER_5)
    finalize_organization(books, closing, "org_aurora", 3, [])


def test_an_amendment_waits_for_its_month_to_be_finalized(
    books: Books, warehouse: Warehouse
) -> None:
    record(warehouse, 1, "org_aurora")
    assert due(warehouse, books, NOVEMBER) == []
    finalize_october(books)
    assert due(warehouse, books, NOVEMBER) == ["amend_1"]
    assert due(warehouse, books, OCTOBER) == []


def test_the_next_month_carries_it_out_and_no_other(books: Books, warehouse: Warehouse) -> None:
    finalize_october(books)
    record(warehouse, 1, "org_aurora")
    close_november(warehouse, books)
    assert books.carried_out() == {"amend_1": NOVEMBER}
    assert books.audit_log()[-1].detail == "watermark 3, amendments amend_1"
    # Another one comes too late for November, which keeps what it carried out.
    record(warehouse, 2, "org_aurora")
    assert due(warehouse, books, NOVEMBER) == ["amend_1"]
    assert due(warehouse, books, NOVEMBER.next) == ["amend_2"]


def test_what_was_filed_stands_in_the_warehouse_exact_and_by_line(
    books: Books, warehouse: Warehouse
) -> None:
    finalize_october(books)
    record(warehouse, 1, "org_aurora")
    amendments = due_amendments(warehouse, books, NOVEMBER)
    assert amendments == [Amendment("amend_1", "org_aurora", OCTOBER, "Agreed later")]
    write_amendments(warehouse, books, NOVEMBER, amendments, [])
    rows = warehouse.execute(
        "select number, service_month, meter, tax_category, tax_rate, net_amount "
        "from books.billed_line order by meter"
    ).fetchall()
    place = ("INV-2026-000001", date(2026, 10, 1))
    assert rows == [
        (*place, "input_uncached", "S", Decimal("0.19"), Decimal("10.01")),
        (*place, "output_visible", "S", Decimal("0.19"), Decimal("5.00")),
    ]


def test_documents_without_exact_amounts_cannot_be_amended(
    books: Books, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    finalize_october(books)
    record(warehouse, 1, "org_aurora")
    amendments = due_amendments(warehouse, books, NOVEMBER)
    filed = books.documents_of("org_aurora", OCTOBER, NOVEMBER)
    for line in filed[0]["lines"]:
        del line["net_amount"]
    monkeypatch.setattr(books, "documents_of", lambda *_: filed)
    with pytest.raises(BooksError, match="INV-2026-000001 was filed by a version"):
        write_amendments(warehouse, books, NOVEMBER, amendments, [])
