"""A month invoices the top-ups that it posts, and a note on one is filed beside it."""

import json
from datetime import date

import pytest

from billing.books import Books
from billing.errors import BooksError
from billing.invoicing.drafts import draft_documents
from billing.invoicing.finalize import finalize_organization
from billing.invoicing.register import list_drafts, list_invoices, show_invoice
from invoice_render.consistency import violations
from invoice_render.document import Document
from orchestration.hindrances import ALTERED, closing_findings
from tests.billing.invoicing.marts_of_october import insert
from tests.billing.invoicing.run import OCTOBER, closing_of
from tests.billing.invoicing.top_up_rows import (
    CUSTOMER,
    DECEMBER_5,
    NOVEMBER,
    TOP_2,
    Warehouse,
    document,
    finalize,
)


def test_a_draft_of_each_is_a_paid_document_without_usage(invoiced: Warehouse) -> None:
    drafts = [each for each in draft_documents(invoiced, OCTOBER) if each.top_up_id]
    assert [each.name for each in drafts] == [
        "draft-2026-10-prepaid-top-up-1",
        "draft-2026-10-prepaid-top-up-2",
        "draft-2026-10-prepaid-refund-3-corrects-2026-10",
    ]
    assert [each.reports for each in drafts] == [{}, {}, {}]
    for each in drafts:
        assert violations(Document.model_validate(each.data)) == ()
    late = drafts[0].data
    assert (late["kind"], late["totals"]["prepaid"], late["totals"]["amount_due"]) == (
        "top_up_invoice",
        late["totals"]["total"],
        0,
    )
    assert late["lines"][0]["service_month"] == "2026-09"
    assert (late["period_first_day"], late["period_last_day"]) == (date(2026, 9, 14),) * 2
    assert [each.top_up_id for each in list_drafts(drafts)] == ["top_1", "top_2", "top_1"]


def test_invoices_get_numbers_of_their_series_and_a_note_that_of_its_invoice(
    books: Books, invoiced: Warehouse
) -> None:
    numbers = finalize(books, invoiced)
    assert numbers == ("ST-2026-000001", "TI-2026-000001", "TI-2026-000002", "CN-2026-000001")
    entries = {each.number: each for each in list_invoices(books, DECEMBER_5)}
    assert {entries[number].status for number in numbers} == {"settled"}
    assert entries["TI-2026-000002"].top_up_id == "top_2"
    note = json.loads(books.document("CN-2026-000001").frozen)
    assert (note["corrects_number"], note["corrects_issue_date"]) == (
        "TI-2026-000001",
        "2026-11-05",
    )
    shown = show_invoice(books, "TI-2026-000001", DECEMBER_5)
    assert shown["credit_notes"] == [{"number": "CN-2026-000001", "total": "11.90"}]
    assert books.document("TI-2026-000001").reports == {}


def test_a_month_that_does_not_invoice_what_it_posts_is_refused(
    books: Books, invoiced: Warehouse
) -> None:
    invoiced.execute("delete from finance.fct_top_up_documents where document_place = 2")
    with pytest.raises(BooksError, match=r"posts the top-ups top_1, top_2 and\s+invoices top_1;"):
        finalize(books, invoiced)
    assert books.finalized() == {}


def test_an_invoice_of_another_amount_is_refused(books: Books, invoiced: Warehouse) -> None:
    invoiced.execute(
        "update finance.fct_top_up_documents set net_amount = 51, total_amount = 60.5 "
        "where document_place = 2"
    )
    with pytest.raises(BooksError, match="they differ in top_2"):
        finalize(books, invoiced)


def test_what_another_system_invoiced_is_not_invoiced_again(
    books: Books, invoiced: Warehouse
) -> None:
    invoiced.execute("update catalog.top_ups set invoiced_as = 'OLD' where top_up_id = 'top_2'")
    with pytest.raises(BooksError, match="they differ in top_2"):
        finalize(books, invoiced)
    invoiced.execute("delete from finance.fct_top_up_documents where document_place = 2")
    assert "TI-2026-000001" in finalize(books, invoiced)


def test_what_is_about_a_top_up_is_compared_in_an_amended_month_too(
    books: Books, invoiced: Warehouse
) -> None:
    """An amendment changes what usage comes to, neither a top-up nor what is refunded of it."""
    numbers = finalize(books, invoiced)
    for month in ("2026-09", "2026-10"):
        insert(invoiced, "catalog.amendments", organization_id=CUSTOMER, service_month=month)
    invoiced.execute(
        "update finance.fct_top_up_documents set number = ?, issue_date = '2026-11-05' "
        "where document_kind = 'credit_note'",
        [numbers[1]],
    )
    assert altered(books, invoiced) == []
    invoiced.execute("update finance.fct_top_up_documents set reference = 'Card 1'")
    assert altered(books, invoiced) == [numbers[-1], *numbers[1:3]]


def altered(books: Books, warehouse: Warehouse) -> list[str]:
    found = closing_findings(warehouse, books, DECEMBER_5, OCTOBER, [])
    return sorted(each.subject for each in found if each.check_name == ALTERED)


def test_a_note_on_an_earlier_invoice_names_it(books: Books, invoiced: Warehouse) -> None:
    finalize(books, invoiced)
    document(
        invoiced,
        1,
        ("top_2", *TOP_2[1:3], "5.00", "0.95"),
        "credit_note",
        billing_month="2026-11-01",
        number="TI-2026-000002",
        issue_date="2026-11-05",
    )
    for lot_id, left in (("top_1", "84.99"), ("top_2", "50.00")):
        lot = {"lot_id": lot_id, "lot_kind": "purchased", "draw_place": 1, "currency": "USD"}
        amounts = {"opening_amount": left, "granted_amount": 0, "drawn_amount": 0}
        owner = {"organization_id": CUSTOMER, "billing_month": "2026-11-01"}
        at = {"occurred_at": "2026-10-02", "exact_drawn_amount": 0}
        insert(invoiced, "finance.prepaid_lots", **owner, **lot, **amounts, **at)
    closing = closing_of(invoiced, books, month=NOVEMBER, clock=DECEMBER_5)
    drafts = draft_documents(invoiced, NOVEMBER)
    done = finalize_organization(books, closing, "org_fjord", 3, drafts)
    assert done.numbers == ("CN-2026-000002",)
    frozen = json.loads(books.document("CN-2026-000002").frozen)
    assert (frozen["corrects_number"], frozen["corrects_month"]) == ("TI-2026-000002", "2026-10")
