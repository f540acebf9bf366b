"""Finance sees what is open, paid, overdue and settled."""

from datetime import UTC, datetime

import duckdb
import pytest

from billing.books import Books
from billing.clock import Clock
from billing.invoicing.drafts import draft_documents
from billing.invoicing.register import list_drafts, list_invoices, show_invoice
from billing.receivables.paying import pay as receive
from tests.billing.invoicing.run import NOVEMBER_5, OCTOBER, finalize_october

INVOICE = "INV-2026-000001"


def pay(books: Books, amount: str, reference: str) -> None:
    receive(books, NOVEMBER_5.now(), "Ada", "org_aurora", amount, reference)


def status(books: Books, clock: Clock = NOVEMBER_5) -> dict[str, str]:
    return {entry.number: entry.status for entry in list_invoices(books, clock)}


def test_amounts_are_listed_as_text_with_the_currencys_decimals(books: Books) -> None:
    finalize_october(books)
    (entry,) = list_invoices(books, NOVEMBER_5, month=OCTOBER, organization_id="org_aurora")
    assert (entry.subtotal, entry.discount, entry.tax, entry.total, entry.amount_due) == (
        "15.01",
        "1.50",
        "2.57",
        "16.08",
        "16.08",
    )
    assert (entry.number, entry.currency, entry.due_date) == (INVOICE, "EUR", "2026-12-05")


def test_an_invoice_is_open_until_paid_in_full(books: Books) -> None:
    finalize_october(books)
    assert status(books)[INVOICE] == "open"
    pay(books, "16.07", "first")
    assert status(books)[INVOICE] == "partly_paid"
    pay(books, "0.01", "rest")
    assert status(books)[INVOICE] == "paid"


@pytest.mark.parametrize(
    ("now", "expected"),
    [("2026-12-05T22:59:59Z", "open"), ("2026-12-05T23:00:00Z", "overdue")],
)
def test_an_invoice_is_overdue_when_its_last_day_is_over_in_the_customers_zone(
    books: Books, now: str, expected: str
) -> None:
    finalize_october(books)
    clock = Clock(datetime.fromisoformat(now))
    assert status(books, clock)[INVOICE] == expected


def test_a_statement_is_settled(books: Books) -> None:
    finalize_october(books)
    far = Clock(datetime(2030, 1, 1, tzinfo=UTC))
    assert status(books, far)["ST-2026-000001"] == "settled"


def test_a_document_is_shown_with_its_payments(books: Books) -> None:
    finalize_october(books)
    pay(books, "16.08", "bank-7")
    shown = show_invoice(books, INVOICE, NOVEMBER_5)
    assert shown["document"]["number"] == INVOICE
    assert shown["status"] == "paid"
    (paid,) = shown["payments"]
    assert (paid["kind"], paid["amount"], paid["reference"]) == ("payment", "16.08", "bank-7")
    assert shown["open"] == "0.00"
    assert shown["sha256"] == books.document(INVOICE).sha256


def test_drafts_are_listed_without_number_or_hash(warehouse: duckdb.DuckDBPyConnection) -> None:
    entries = list_drafts(draft_documents(warehouse, OCTOBER))
    assert {(entry.number, entry.sha256, entry.status) for entry in entries} == {("", "", "draft")}
    assert [entry.total for entry in entries] == ["16.08", "15.01", "99.00"]
